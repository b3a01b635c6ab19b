import { z } from 'zod';
import { isProxyAddress } from './proxy-address.js';

const flag = z
  .enum(['true', 'false', '1', '0'], { error: 'must be true or false' })
  .transform((text) => text === 'true' || text === '1');

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean),
);

export const defaultDataDirectory = './data';

const NOT_PROXIES =
  'must be the number of proxies in front, such as 1, or their addresses, such as loopback,10.0.0.0/8';

/** The environment variables of the standalone service. Those that are options too are checked as options. */
export const environmentSchema = z.object({
  PORT: z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535).default(3000),
  HOST: z.string().default('0.0.0.0'),
  PUBLIC_URL: z.string().optional(),
  DATA_DIR: z.string().default(defaultDataDirectory),
  DATABASE_URL: z.string().optional(),
  DATABASE_DIRECT_URL: z.string().optional(),
  REDIS_URL: z.string().optional(),
  TOKEN_STORE: z
    .enum(['none', 'memory', 'postgres', 'redis'], { error: 'must be none, memory, postgres or redis' })
    .optional(),
  JOBS_BACKEND: z.enum(['postgres', 'redis'], { error: 'must be postgres or redis' }).default('postgres'),
  WORKER: z.enum(['on', 'off', 'only'], { error: 'must be on, off or only' }).default('on'),
  ENCRYPTION_KEYS: z.string().optional(),
  ADMIN_API_KEY: z.string().optional(),
  ALLOW_PRIVATE_NETWORKS: flag.default(false),
  ALLOWED_PRIVATE_HOSTS: list.default([]),
  SYNC_EVERY: z.string().optional(),
  SYNC_SLOW_DOWN: flag.optional(),
  COURSE_ARCHIVE_AFTER: z.string().optional(),
  SYNC_CONCURRENCY: z.coerce.number({ error: 'must be a number' }).optional(),
  PASSBACK_CONCURRENCY: z.coerce.number({ error: 'must be a number' }).optional(),
  PASSBACK_KEEP_FOR: z.string().optional(),
  SYNC_RUNS_KEEP_FOR: z.string().optional(),
  LAUNCH_SESSIONS_KEEP_FOR: z.string().optional(),
  NOTICES_KEEP_FOR: z.string().optional(),
  EVENTS_KEEP_FOR: z.string().optional(),
  REJECTED_SCORES_KEEP_FOR: z.string().optional(),
  PLATFORM_CONCURRENCY: z.coerce.number({ error: 'must be a number' }).optional(),
  PLATFORM_REQUESTS_PER_SECOND: z.coerce.number({ error: 'must be a number' }).optional(),
  TOOL_KEYS_ROTATE_EVERY: z.string().optional(),
  TOOL_KEYS_SIGN_AFTER: z.string().optional(),
  TOOL_KEYS_KEEP_FOR: z.string().optional(),
  DEPLOYMENTS: z.string().optional(),
  ANONYMOUS_LAUNCHES: z.string().optional(),
  LAUNCH_SESSION_FOR: z.string().optional(),
  TOOL_URLS: list.default([]),
  LAUNCH_CODE_IN: z.string().optional(),
  OPEN_REGISTRATION: flag.default(false),
  TOOL_NAME: z.string().optional(),
  TOOL_DESCRIPTION: z.string().optional(),
  TOOL_LOGO_URL: z.string().optional(),
  TOOL_PRIVACY_LEVEL: z.string().optional(),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be fatal, error, warn, info, debug, trace or silent',
    })
    .default('info'),
  /** Express' `trust proxy`: how many proxies are in front of the service, or their addresses. */
  TRUST_PROXY: z
    .union([
      z
        .string()
        .regex(/^\d{1,2}$/)
        .transform(Number),
      list.refine((addresses) => addresses.every(isProxyAddress), NOT_PROXIES),
    ])
    .optional(),
});

export type Environment = z.output<typeof environmentSchema>;
export type EnvironmentName = keyof Environment;
export const environmentNames = Object.keys(environmentSchema.shape) as EnvironmentName[];
