import { ConfigurationInvalid, type ConfigurationFault, type LtiModuleOptions } from 'nest-lti';
import { configurationFaults, ltiConfigSchema, optionVariables } from 'nest-lti/internal';
import { type Environment } from './environment.schema.js';

/** The options that the embedded database sets, if the environment does not. */
export interface EmbeddedDefaults {
  databaseUrl: string;
  encryptionKeys: string;
}

/** A placeholder for values that are known only after the embedded database has started. */
const PLACEHOLDER: EmbeddedDefaults = {
  databaseUrl: 'postgres://localhost',
  encryptionKeys: `check:${'A'.repeat(43)}=`,
};

/**
 * The module's options for the standalone service. Without `embedded` a missing secret or public URL is a fault: made up
 * here, each replica would have another.
 *
 * @throws ConfigurationInvalid that lists every fault by its variable
 */
export function standaloneOptions(environment: Environment, embedded?: EmbeddedDefaults): LtiModuleOptions {
  const options = optionsOf(environment, embedded);
  const result = ltiConfigSchema.safeParse(options);
  if (!result.success) {
    throw ConfigurationInvalid.of(
      configurationFaults(result.error, (path) => optionVariables[path.replace(/\.\d+$/, '')] ?? path),
    );
  }
  return options as LtiModuleOptions;
}

/** The errors in these options, before anything is started. */
export function optionFaults(environment: Environment): readonly ConfigurationFault[] {
  try {
    standaloneOptions(environment, environment.DATABASE_URL === undefined ? PLACEHOLDER : undefined);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationInvalid) return error.faults;
    throw error;
  }
}

function optionsOf(environment: Environment, embedded?: EmbeddedDefaults) {
  return {
    publicUrl: environment.PUBLIC_URL ?? (embedded && `http://localhost:${environment.PORT}`),
    database: {
      url: environment.DATABASE_URL ?? embedded?.databaseUrl,
      directUrl: environment.DATABASE_DIRECT_URL,
    },
    tokenStore: tokenStoreOf(environment),
    jobs: jobsOf(environment),
    encryptionKeys: environment.ENCRYPTION_KEYS ?? embedded?.encryptionKeys,
    adminApiKey: environment.ADMIN_API_KEY,
    courseSync: {
      every: environment.SYNC_EVERY,
      slowDown: environment.SYNC_SLOW_DOWN,
      archiveAfter: environment.COURSE_ARCHIVE_AFTER,
      concurrency: environment.SYNC_CONCURRENCY,
    },
    gradePassback: {
      concurrency: environment.PASSBACK_CONCURRENCY,
      keepFor: environment.PASSBACK_KEEP_FOR,
    },
    retention: {
      syncRuns: environment.SYNC_RUNS_KEEP_FOR,
      launchSessions: environment.LAUNCH_SESSIONS_KEEP_FOR,
      notices: environment.NOTICES_KEEP_FOR,
      events: environment.EVENTS_KEEP_FOR,
      rejectedScores: environment.REJECTED_SCORES_KEEP_FOR,
    },
    launch: {
      deployments: environment.DEPLOYMENTS,
      anonymous: environment.ANONYMOUS_LAUNCHES,
      sessionFor: environment.LAUNCH_SESSION_FOR,
      toolUrls: environment.TOOL_URLS,
      codeIn: environment.LAUNCH_CODE_IN,
    },
    toolKeys: {
      rotateEvery: environment.TOOL_KEYS_ROTATE_EVERY,
      signAfter: environment.TOOL_KEYS_SIGN_AFTER,
      keepFor: environment.TOOL_KEYS_KEEP_FOR,
    },
    dynamicRegistration: {
      open: environment.OPEN_REGISTRATION,
      toolName: environment.TOOL_NAME,
      toolDescription: environment.TOOL_DESCRIPTION,
      logoUrl: environment.TOOL_LOGO_URL,
      privacyLevel: environment.TOOL_PRIVACY_LEVEL,
    },
    platformHttp: {
      allowPrivateNetworks: environment.ALLOW_PRIVATE_NETWORKS,
      allowedPrivateHosts: environment.ALLOWED_PRIVATE_HOSTS,
      concurrencyPerPlatform: environment.PLATFORM_CONCURRENCY,
      requestsPerSecond: environment.PLATFORM_REQUESTS_PER_SECOND,
    },
  };
}

/** With a database of its own the service is one process; a given one may have many. */
function tokenStoreOf({ TOKEN_STORE, DATABASE_URL, REDIS_URL }: Environment) {
  const type = TOKEN_STORE ?? (DATABASE_URL === undefined ? 'memory' : 'postgres');
  return type === 'redis' ? { type, url: REDIS_URL } : { type };
}

function jobsOf({ JOBS_BACKEND, REDIS_URL }: Environment) {
  return JOBS_BACKEND === 'redis' ? { backend: JOBS_BACKEND, url: REDIS_URL } : { backend: JOBS_BACKEND };
}
