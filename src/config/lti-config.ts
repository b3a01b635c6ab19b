import { z } from 'zod';
import { fieldFault } from '../common/field-fault.js';
import { ConfigurationInvalid } from '../common/reactions.errors.js';
import { isHostEntry } from '../common/url-policy.js';
import { type KeySigner } from '../keys/key-signer.js';
import { type RegistrationRequestHook } from '../registrations/dynamic/registration-request.js';
import { configurationFaults } from './configuration-faults.js';
import { durationSchema } from './duration.schema.js';
import { encryptionKeysSchema } from './encryption-keys.schema.js';
import { jobsSchema } from './jobs.schema.js';
import { tokenStoreSchema } from './token-store.schema.js';

const postgresUrl = z.url({
  protocol: /^postgres(ql)?$/,
  hostname: /.*/,
  error: 'must be a URL of the form postgres://user:password@host:5432/database',
});

const httpUrl = (error: string) => z.url({ protocol: /^https?$/, hostname: /.*/, error });

const databaseSchema = z.strictObject({
  url: postgresUrl,
  /** Past a transaction-pooling proxy: for what needs a session (jobs, migrations). Default: `url`. */
  directUrl: postgresUrl.optional(),
  /** At start, under a lock; with `false` a pending migration stops the boot. Default: true. */
  migrate: z.boolean().default(true),
  /** Connections for queries; jobs take 5 more. Default: 6. */
  poolSize: z.int().min(2).max(100).default(6),
});

const courseSyncSchema = z.strictObject({
  /** How often a course that is in use is synced, such as `"15m"`, or `"never"`: only when asked. Default: 15m. */
  every: z
    .union([z.literal('never'), durationSchema], {
      error: 'must be "never", or a number and a unit, such as "90s", "15m", "2h" or "7d"',
    })
    .default(15 * 60_000),
  /**
   * Courses that were not used for a while are synced less often, and those that were not used for `archiveAfter` not at all.
   * `false` keeps `every` for all, for tools that use rosters without launches. Default: true.
   */
  slowDown: z.boolean().default(true),
  /**
   * After this time without a launch, manual sync or posted score a course is not synced any more, until it is used again: such
   * as `"180d"`, or `"never"`. At least 1d. Default: 180d.
   */
  archiveAfter: z
    .union([z.literal('never'), durationSchema.refine((ms) => ms >= 86_400_000)], {
      error: 'must be "never", or a number and a unit, such as "90d" or "180d", and at least "1d"',
    })
    .default(180 * 86_400_000),
  /** Courses synced at once by one process. Default: 4; `0` leaves the work to other processes. */
  concurrency: z.int().min(0).max(50).default(4),
});

const gradePassbackSchema = z.strictObject({
  /** Registrations whose scores are sent at once by one process. Default: 20; `0` leaves the work to other processes. */
  concurrency: z.int().min(0).max(200).default(20),
  /** How long scores are kept once they are posted, superseded or cancelled, and idempotency keys with them. Default: 90d. */
  keepFor: durationSchema.default(90 * 86_400_000),
});

const launchSchema = z.strictObject({
  /**
   * What becomes of a launch from a deployment that the registration does not name: `strict` refuses it; `auto` records the
   * deployment as pending and lets the launch go on, for platforms that make a deployment wherever the tool is installed.
   * Default: strict.
   */
  deployments: z.enum(['strict', 'auto'], { error: 'must be strict or auto' }).default('strict'),
  /** Launches that do not say who the user is (CORE 5.3.6.1). Default: allow. */
  anonymous: z.enum(['allow', 'refuse'], { error: 'must be allow or refuse' }).default('allow'),
  /** How long a launch session lasts. Default: 4h. */
  sessionFor: durationSchema.default(4 * 3_600_000),
  /**
   * Where launches may be sent on to, with everything below: the tool, when it is an app of its own. The first one also
   * gets launches whose target is nest-lti itself. Default: none; then a page shows who was launched into what.
   */
  toolUrls: z.array(httpUrl('must be an http(s) URL of the tool')).max(100).default([]),
  /**
   * How the tool of `toolUrls` gets the one-time code: `form` posts it from a page of ours, so that the tool can refuse a code
   * that another site brings (login CSRF); `url` puts it into the query, for tools that cannot take a form. Default: form.
   */
  codeIn: z.enum(['form', 'url'], { error: 'must be form or url' }).default('form'),
});

const toolKeysSchema = z.strictObject({
  /**
   * How long a signing key signs before the next one does, such as `"90d"`, or `"never"`: only when asked. Platforms that read
   * our key set by its URL notice nothing; those with a pasted key need the new one by hand. Default: never.
   */
  rotateEvery: z
    .union([z.literal('never'), durationSchema], {
      error: 'must be "never", or a number and a unit, such as "30d" or "90d"',
    })
    .default('never'),
  /** How long a new key is published before it signs. At least 5m, the `max-age` of our key set. Default: 24h. */
  signAfter: durationSchema
    .refine((ms) => ms >= 300_000, 'must be at least "5m": platforms may keep our key set that long')
    .default(86_400_000),
  /** How long an old key is published after its last signature. Default: 24h. */
  keepFor: durationSchema.default(86_400_000),
  /** Your own KeySigner, such as one that signs in a KMS. Default: private keys are in the database, encrypted. */
  signer: z.custom<KeySigner>(isKeySigner, 'must be a KeySigner: create, sign').optional(),
});

function isKeySigner(value: unknown): boolean {
  const { create, sign } = Object(value) as Record<string, unknown>;
  return typeof create === 'function' && typeof sign === 'function';
}

const dynamicRegistrationSchema = z.strictObject({
  /** Whether platforms can register the tool without an invitation: anyone who knows the URL. Default: false. */
  open: z.boolean().default(false),
  /** The name of the tool in the platform. Default: the host of the public URL. */
  toolName: z.string().trim().min(1).max(255).optional(),
  toolDescription: z.string().trim().min(1).max(1000).optional(),
  logoUrl: httpUrl('must be an http(s) URL of an image').optional(),
  clientUrl: httpUrl('must be an http(s) URL of the home page of the tool').optional(),
  policyUrl: httpUrl('must be an http(s) URL of the privacy policy').optional(),
  termsUrl: httpUrl('must be an http(s) URL of the terms of use').optional(),
  /** E-mail addresses for administrators of platforms. Default: none. */
  contacts: z.array(z.email('must be an e-mail address')).max(20).default([]),
  /** The personal data of users that the tool asks for. Default: public, which is names and e-mail addresses. */
  privacyLevel: z
    .enum(['public', 'name_only', 'email_only', 'anonymous'], {
      error: 'must be public, name_only, email_only or anonymous',
    })
    .default('public'),
  /** Your own changes to the request that a platform gets, such as further messages, placements or scopes. Default: none. */
  request: z
    .custom<RegistrationRequestHook>((value) => typeof value === 'function', 'must be a function')
    .optional(),
});

const DAY_MS = 86_400_000;

const retentionSchema = z.strictObject({
  /** How long sync runs are kept once they have finished. The last one of each course stays. Default: 30d. */
  syncRuns: durationSchema.default(30 * DAY_MS),
  /** How long launch sessions are kept once they have expired, so that they can be read. Default: 1d. */
  launchSessions: durationSchema.default(DAY_MS),
  /** How long notices of platforms are kept, without their claims once they are handled. Default: 7d. */
  notices: durationSchema
    .refine((ms) => ms >= 2 * DAY_MS, 'must be at least "2d": a notice is accepted for a day, and only once')
    .default(7 * DAY_MS),
  /** How long events are kept once they are delivered or given up, to be replayed. Others are kept for 30 days. Default: 7d. */
  events: durationSchema.refine((ms) => ms <= 30 * DAY_MS, 'must be at most "30d"').default(7 * DAY_MS),
  /** How long scores are kept that a platform has rejected and no operator has retried. Default: 365d. */
  rejectedScores: durationSchema.default(365 * DAY_MS),
});

const NOT_A_HOST = 'is not a host: give a name or an address, with or without a port';

const platformHttpSchema = z.strictObject({
  /** Development only: platforms may have private addresses and speak plain http. Default: false. */
  allowPrivateNetworks: z.boolean().default(false),
  /** Platforms inside the campus network, by host name or address. */
  allowedPrivateHosts: z
    .array(z.string().trim().max(255).refine(isHostEntry, NOT_A_HOST), {
      error: 'must be a list of hosts',
    })
    .max(1000)
    .default([]),
  /** Requests in flight at one platform (URL origin), of all processes together. Default: 8. */
  concurrencyPerPlatform: z.int().min(1).max(256).default(8),
  /** Requests a second to one platform, of all processes together. Default: no bound until the platform refuses one. */
  requestsPerSecond: z.number().min(0.1).max(10_000).optional(),
});

const accessTokensSchema = z.strictObject({
  /** How long before its end a token is taken for expired, at most (a fifth of its life if that is less). Default: 60s. */
  margin: durationSchema.default(60_000),
  /** How long a process uses a token of its own memory before it asks the store again. Default: 60s. */
  localTtl: durationSchema.default(60_000),
});

/** The public URL without a trailing slash. Paths are added to it. */
const publicUrl = httpUrl('must be the http(s) URL under which browsers reach this app')
  .refine(isBaseUrl, 'must have no query, fragment, user name or password, since paths are added to it')
  .transform((url) => url.replace(/\/+$/, ''));

/** What is not a URL has a fault already. */
function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password } = new URL(text);
  return !/[?#]/.test(text) && username === '' && password === '';
}

/** Everything an embedder can say, as `LtiModule.forRoot` takes it. */
export const ltiConfigSchema = z.strictObject({
  publicUrl,
  database: databaseSchema,
  tokenStore: tokenStoreSchema,
  jobs: jobsSchema,
  /** `id:base64,...`: 32-byte keys; the first one writes, all of them read. */
  encryptionKeys: encryptionKeysSchema,
  /** An API key that always works with scope `write`, for the first steps. */
  adminApiKey: z
    .string()
    .min(24, 'must have at least 24 characters')
    .max(256)
    // Another one could not be sent as a Bearer token.
    .regex(/^[\x21-\x7E]*$/, 'must be of ASCII letters, digits and signs, without spaces')
    .optional(),
  accessTokens: accessTokensSchema.prefault({}),
  courseSync: courseSyncSchema.prefault({}),
  gradePassback: gradePassbackSchema.prefault({}),
  retention: retentionSchema.prefault({}),
  launch: launchSchema.prefault({}),
  platformHttp: platformHttpSchema.prefault({}),
  toolKeys: toolKeysSchema.prefault({}),
  dynamicRegistration: dynamicRegistrationSchema.prefault({}),
});

/**
 * The options of `LtiModule.forRoot`. Durations are milliseconds or texts such as `"15m"`. The schema has each default.
 */
export type LtiModuleOptions = z.input<typeof ltiConfigSchema>;

/** The options, checked and complete. */
export type LtiConfig = z.output<typeof ltiConfigSchema>;
export const LtiConfig = Symbol('LtiConfig');

/** What `LtiModule` has to know before a factory runs, so it is no part of the factory's result. */
const BESIDE_FACTORY = ['api', 'launches', 'notices', 'events', 'dashboard', 'worker'];

/** @throws ConfigurationInvalid that lists every fault by its name. */
export function parseLtiConfig(options: unknown): LtiConfig {
  const result = ltiConfigSchema.safeParse(options, { error: fieldFault });
  if (result.success) return result.data;
  const faults = configurationFaults(result.error).map((fault) =>
    BESIDE_FACTORY.includes(fault.name)
      ? { ...fault, message: 'belongs beside useFactory, not into its result' }
      : fault,
  );
  throw ConfigurationInvalid.of(faults);
}
