import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pLimit from 'p-limit';
import { answerWithin, LATE } from '../common/bounded-wait.js';
import { type Clock } from '../common/clock.js';
import { KeyRing } from '../common/encryption.js';
import { LtiError } from '../common/lti-error.js';
import { type LtiConfig, type LtiModuleOptions, parseLtiConfig } from '../config/lti-config.js';
import { failed, findingOf, passed, skipped } from '../registration-checks/check-step.js';
import { type CheckStep } from '../registration-checks/registration-check.schema.js';
import { RegistrationCheckService } from '../registration-checks/registration-check.service.js';
import { ToolKeysCheck } from '../registration-checks/tool-keys-check.js';
import { type Registration } from '../registrations/registration.entity.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { checkDatabase } from './database-check.js';
import { type DoctorFinding } from './doctor-finding.js';
import { DoctorModule } from './doctor.module.js';
import { PublicUrlCheck } from './public-url-check.js';
import { checkRedis } from './redis-check.js';

const START_MS = 20_000;
const KEY_SET_MS = 15_000;
const CHECKS_AT_ONCE = 8;

export interface ExamineOptions {
  /** The most registrations that are checked, the newest first. */
  maxRegistrations: number;
  /** How long the check of one registration may take. */
  timeoutMs: number;
  /** How long the database may take to open what the checks of registrations read; 20,000 by default. */
  startTimeoutMs?: number;
}

/**
 * Examines an installation from the outside in: it writes nothing in the database and nothing at platforms, and each wait ends.
 *
 * @param options valid ones
 * @returns at least one finding of each check
 */
export async function examine(
  options: LtiModuleOptions,
  bounds: ExamineOptions,
  clock: Clock,
): Promise<DoctorFinding[]> {
  const config = parseLtiConfig(options);
  const ring = new KeyRing(config.encryptionKeys);
  const [{ findings, isReady }, redis] = await Promise.all([
    checkDatabase(config, ring, () => clock.nowMs()),
    checkRedis(config),
  ]);
  return [
    { check: 'configuration', ...passed('configuration_valid', summaryOf(config)) },
    ...findings,
    ...redis.map((finding): DoctorFinding => ({ check: 'redis', ...finding })),
    ...(isReady ? await examineOutside(options, bounds) : unreadable()),
  ];
}

function summaryOf({ tokenStore, jobs }: LtiConfig): string {
  return `The configuration is valid: tokens in ${tokenStore.type}, jobs in ${jobs.backend}.`;
}

/** What needs a database with its keys and registrations. */
function unreadable(): DoctorFinding[] {
  const finding = skipped(
    'database_not_ready',
    'Not checked: see database, migrations and encryption_keys above.',
  );
  return (['public_url', 'key_set', 'registration'] as const).map((check) => ({ check, ...finding }));
}

async function examineOutside(options: LtiModuleOptions, bounds: ExamineOptions): Promise<DoctorFinding[]> {
  const starting = NestFactory.createApplicationContext(DoctorModule.forRoot(options), {
    abortOnError: false,
    logger: false,
  });
  const app = await answerWithin(bounds.startTimeoutMs ?? START_MS, starting).catch((error: unknown) => {
    // The database has answered the checks before.
    if (error instanceof LtiError) return findingOf(error);
    throw error;
  });
  if (app === LATE) {
    // It may still start: its connections must not outlive this check.
    void starting.then((late) => late.close()).catch(() => undefined);
    const message = 'The database did not answer in time. Look at its load and its locks.';
    return [{ check: 'database', ...failed('database_slow', 'tool_operator', message) }, ...unreadable()];
  }
  if ('outcome' in app) return [{ check: 'database', ...app }, ...unreadable()];
  try {
    const [publicUrl, keySet] = await Promise.all([
      app.get(PublicUrlCheck).check(),
      keySetFinding(app.get(ToolKeysCheck, { strict: false })),
    ]);
    return [
      { check: 'public_url', ...publicUrl },
      { check: 'key_set', ...keySet },
      ...(await registrationFindings(app, bounds)),
    ];
  } finally {
    await app.close();
  }
}

function keySetFinding(check: ToolKeysCheck) {
  return check.check({ assertionAlgorithm: 'RS256' }, AbortSignal.timeout(KEY_SET_MS));
}

async function registrationFindings(
  app: INestApplicationContext,
  { maxRegistrations, timeoutMs }: ExamineOptions,
): Promise<DoctorFinding[]> {
  const page = { limit: maxRegistrations };
  const { items, nextCursor } = await app
    .get(RegistrationService, { strict: false })
    .list(page, (registration) => registration);
  if (items.length === 0) {
    const message =
      'There is no registration yet. Register the tool at a platform: see docs/registration.md.';
    return [{ check: 'registration', ...skipped('no_registration', message, 'tool_operator') }];
  }
  const checks = app.get(RegistrationCheckService, { strict: false });
  const limit = pLimit(CHECKS_AT_ONCE);
  const found = await Promise.all(
    items.map((registration) => limit(() => examineRegistration(checks, registration, timeoutMs))),
  );
  const rest: DoctorFinding[] =
    nextCursor === undefined
      ? []
      : [
          {
            check: 'registration',
            ...skipped(
              'registrations_left_out',
              `Only the newest ${items.length} registrations were checked. Raise --max-registrations to check more.`,
            ),
          },
        ];
  return [...found.flat(), ...rest];
}

async function examineRegistration(
  checks: RegistrationCheckService,
  { id, name }: Registration,
  timeoutMs: number,
): Promise<DoctorFinding[]> {
  const about = { check: 'registration', registration: { id, name } } as const;
  try {
    const { steps } = await checks.check(id, { timeoutMs });
    const wrong = steps.filter(({ outcome }) => outcome === 'failed');
    if (wrong.length > 0) return wrong.map((step) => ({ ...about, ...step }));
    return [{ ...about, ...passed('registration_works', summaryOfSteps(steps)) }];
  } catch (error) {
    if (error instanceof LtiError) return [{ ...about, ...findingOf(error) }];
    const message =
      'The check ended by an error that is not foreseen. If the application has a KeySigner of its own, this command cannot sign: call ' +
      'RegistrationCheckService.check in the application, or its REST API.';
    return [{ ...about, ...failed('check_broken', 'tool_operator', message) }];
  }
}

/** The steps that were skipped, too: an operator may expect them. */
function summaryOfSteps(steps: readonly CheckStep[]): string {
  const left = steps.filter(({ outcome }) => outcome === 'skipped');
  const count = steps.length - left.length;
  const reasons = left.map(({ step, code }) => `${step} (${code})`).join(', ');
  return `${count} steps passed.${left.length === 0 ? '' : ` Skipped: ${reasons}.`}`;
}
