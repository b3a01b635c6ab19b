import { z } from 'zod';
import { redisUrl } from './token-store.schema.js';

const redisSchema = z
  .strictObject({
    backend: z.literal('redis'),
    url: redisUrl.optional(),
    /** ioredis' own `RedisOptions` on top of the URL, or instead of it: `tls`, `sentinels` with `name` ... */
    options: z
      .custom<object>(
        (value) => typeof value === 'object' && value !== null,
        'must be the options of ioredis',
      )
      .refine((options) => !('keyPrefix' in options), 'must not have a keyPrefix: jobs.keyPrefix is the one')
      .optional(),
    /** In front of every key, in braces. Default: `nest-lti-jobs`. */
    keyPrefix: z
      .string()
      .regex(/^[\w.-]{1,64}$/, 'must be of letters, digits and the signs _ . -')
      .default('nest-lti-jobs'),
  })
  .refine(({ url, options }) => url !== undefined || options !== undefined, {
    path: ['url'],
    error: 'is needed for the jobs backend "redis": a URL of the form redis://user:password@host:6379/0',
  });

/** Where the jobs are. Default: postgres. */
export const jobsSchema = z
  .discriminatedUnion('backend', [z.strictObject({ backend: z.literal('postgres') }), redisSchema], {
    error: 'must be an object with the backend "postgres" or "redis"',
  })
  .default({ backend: 'postgres' });
