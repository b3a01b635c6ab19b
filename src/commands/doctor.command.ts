import { type Command, InvalidArgumentError } from 'commander';
import { SystemClock } from '../common/clock.js';
import { MAX_LIMIT } from '../common/page.schema.js';
import { ConfigurationInvalid } from '../common/reactions.errors.js';
import { type LtiModuleOptions } from '../config/lti-config.js';
import { type Variables } from '../config/read-variables.js';
import { examine } from '../doctor/doctor.js';
import { doctorErrors } from '../doctor/doctor.errors.js';
import { configurationFindings, type DoctorFinding } from '../doctor/doctor-finding.js';
import { doctorPage } from '../doctor/doctor-page.js';
import { type CommandContext, type CommandOutput } from './command-line.js';
import { type CommandVariable } from './command-config.js';
import { addFileFlags, withFileFlags } from './file-flags.js';

const MAX_SECONDS = 60;

/** Reads the options of the application, and keeps its database open until `work` has ended. */
export type WithOptions = <T>(
  variables: Variables,
  say: CommandOutput['say'],
  work: (options: LtiModuleOptions) => Promise<T>,
) => Promise<T>;

interface DoctorFlags {
  json?: true;
  maxRegistrations: number;
  timeout: number;
}

/** What keeps an installation from working, on one page. */
export function addDoctorCommand(
  program: Command,
  { variables, output: { answer, say } }: CommandContext,
  names: readonly CommandVariable[],
  withOptions: WithOptions,
): void {
  const number = (max: number) => (text: string) => {
    if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= max) return Number(text);
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}.`);
  };
  const command = program
    .command('doctor')
    .description(
      'check configuration, database, Redis, clock, public URL, key set and each registration: what is wrong, and the fix',
    )
    .option('--json', 'print the findings as JSON')
    .option(
      '--max-registrations <count>',
      'check at most this many, the newest first',
      number(MAX_LIMIT),
      100,
    )
    .option('--timeout <seconds>', 'of the check of one registration', number(MAX_SECONDS), 20)
    .action(async (flags: DoctorFlags & Record<string, unknown>) => {
      const findings = await findingsOf(withFileFlags(variables, flags), flags);
      const count = findings.filter(({ outcome }) => outcome === 'failed').length;
      const outcome = count === 0 ? 'passed' : 'failed';
      answer(flags.json === true ? JSON.stringify({ outcome, findings }, null, 2) : doctorPage(findings));
      if (count > 0) throw doctorErrors.failed(count);
    });
  addFileFlags(command, names);

  async function findingsOf(
    given: Variables,
    { maxRegistrations, timeout }: DoctorFlags,
  ): Promise<DoctorFinding[]> {
    const bounds = { maxRegistrations, timeoutMs: timeout * 1000 };
    try {
      return await withOptions(given, say, (options) => examine(options, bounds, new SystemClock()));
    } catch (error) {
      if (error instanceof ConfigurationInvalid && error.faults.length > 0)
        return configurationFindings(error.faults);
      throw error;
    }
  }
}
