import { type ConfigurationFault } from '../common/reactions.errors.js';
import { type CheckStepName } from '../registration-checks/registration-check.schema.js';
import { failed, type Finding } from '../registration-checks/check-step.js';

/** The parts of an installation, in the order in which they are checked and in which faults are corrected. */
export type DoctorCheck =
  | 'configuration'
  | 'database'
  | 'migrations'
  | 'encryption_keys'
  | 'redis'
  | 'clock'
  | 'public_url'
  | 'key_set'
  | 'registration';

/** What the doctor found. Its message says what to do. */
export interface DoctorFinding extends Finding {
  check: DoctorCheck;
  /** Of `registration`. */
  registration?: { id: string; name: string };
  /** Of `registration`: the step that has failed. */
  step?: CheckStepName;
}

/** One finding for each variable that is wrong. The text of a fault never holds the value. */
export function configurationFindings(faults: readonly ConfigurationFault[]): DoctorFinding[] {
  return faults.map(({ name, message }) => ({
    check: 'configuration',
    ...failed('configuration_invalid', 'tool_operator', `${name}: ${message.replace(/\.$/, '')}.`, { name }),
  }));
}
