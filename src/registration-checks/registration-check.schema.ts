import { z } from 'zod';

const MIN_TIMEOUT_MS = 1000;
const MAX_TIMEOUT_MS = 60_000;

/** Body of POST /api/v1/registrations/:id/check. It may be missing. */
export const checkRegistrationSchema = z
  .strictObject({
    /** The course whose roster and line items are read. Default: the one that was launched or synced last. */
    courseId: z.uuid().optional(),
    /** How long the whole check may take, in milliseconds. A step that is not ready by then has failed. */
    timeoutMs: z.int().min(MIN_TIMEOUT_MS).max(MAX_TIMEOUT_MS).default(20_000),
  })
  .prefault({});
/** The course to read, and a time-out, as the body of `POST /api/v1/registrations/:id/check`. */
export type CheckRegistration = z.input<typeof checkRegistrationSchema>;

export const CHECK_STEPS = [
  'platform_keys',
  'tool_keys',
  'token',
  'scopes',
  'roster',
  'line_items',
  'clock',
] as const;

export const checkStepSchema = z.object({
  step: z.enum(CHECK_STEPS),
  outcome: z
    .enum(['passed', 'failed', 'skipped'])
    .describe('skipped: this could not be checked now, or there is nothing to check'),
  /** Stable, for programs. */
  code: z.string(),
  /** What was found, and what to do about it. */
  message: z.string(),
  actor: z
    .enum(['platform_administrator', 'tool_operator', 'nobody'])
    .describe('Who has to act: the administrator of the platform, the operator of this tool, or nobody'),
  /** Such as the URL that was called and the status of the platform's answer. */
  details: z.record(z.string(), z.unknown()).optional(),
});
/** What one step of a check found, and who has to act. */
export type CheckStep = z.output<typeof checkStepSchema>;
export type CheckStepName = CheckStep['step'];

/** The result of a check. */
export const registrationCheckViewSchema = z.object({
  registrationId: z.uuid(),
  /** The course whose roster and line items were read; null where there is none. */
  courseId: z.uuid().nullable(),
  checkedAt: z.iso.datetime(),
  outcome: z.enum(['passed', 'failed']).describe('failed: at least one step has failed'),
  steps: z.array(checkStepSchema),
});
/** The result of `RegistrationCheckService.check`, and of the route. */
export type RegistrationCheckView = z.output<typeof registrationCheckViewSchema>;
