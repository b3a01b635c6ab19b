import { z } from 'zod';
import { nrpsScope } from '../service-constants.js';

const common = {
  /** Only requests for this course (a context id). */
  course: z.string().optional(),
  /** How many matching requests pass before the fault applies. */
  after: z.int().min(0).default(0),
  /** To how many requests the fault applies. */
  times: z.union([z.int().min(1), z.literal('always')]).default(1),
};
const anywhere = {
  on: z
    .enum([
      'token',
      'memberships',
      'groups',
      'lineitems',
      'scores',
      'results',
      'jwks',
      'user-token',
      'user-api',
      'any',
    ])
    .default('any'),
  ...common,
};
const onTokens = { on: z.enum(['token', 'user-token']).default('token'), ...common };
const onUserTokens = { on: z.literal('user-token').default('user-token'), ...common };
const onMemberships = { on: z.literal('memberships').default('memberships'), ...common };
const onPages = {
  on: z.enum(['memberships', 'groups', 'lineitems', 'results', 'user-api']).default('memberships'),
  ...common,
};
/** Whether the request is processed before; it is not by default. */
const when = z.enum(['before-processing', 'after-processing']).optional();
const retryAfter = z.union([z.int().min(0), z.string()]).optional();

/** A fault on demand. Each fault is data, so it can be sent by HTTP too. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** The answer is late, by the platform's clock. */
  z.strictObject({ kind: z.literal('latency'), ms: z.int().min(0), when, ...anywhere }),
  /** The family's answer to an invalid token, also for a valid request. With `expireToken` the token is expired from then on. */
  z.strictObject({ kind: z.literal('unauthorized'), expireToken: z.boolean().default(false), ...anywhere }),
  /** 429, or 403 with the text "Rate Limit Exceeded" as older Canvas has it. `retryAfter` in seconds or as an HTTP date. */
  z.strictObject({
    kind: z.literal('throttle'),
    as: z.enum(['429', '403-text']).default('429'),
    retryAfter,
    ...anywhere,
  }),
  /** 503 with an HTML page. */
  z.strictObject({ kind: z.literal('unavailable'), retryAfter, ...anywhere }),
  /** An internal error of the platform, with an HTML page; the request is not processed. */
  z.strictObject({
    kind: z.literal('server-error'),
    status: z.int().min(500).max(599).default(500),
    ...anywhere,
  }),
  /**
   * The connection ends. `before-headers` and `mid-body`: the request is processed, but its answer is lost, all of it
   * or the second half of its body. `before-processing`: the request was read and nothing was done.
   */
  z.strictObject({
    kind: z.literal('cut'),
    when: z.enum(['before-processing', 'before-headers', 'mid-body']).default('before-headers'),
    ...anywhere,
  }),
  /** Never answers. */
  z.strictObject({ kind: z.literal('hang'), when, ...anywhere }),
  /** Any refusal, with any text; the request is not processed. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    body: z.string().default(''),
    contentType: z.string().default('text/plain; charset=utf-8'),
    ...anywhere,
  }),
  /** 200 with an HTML page. */
  z.strictObject({ kind: z.literal('html'), ...anywhere }),
  /** The right answer, cut off in the middle, as if it were complete. */
  z.strictObject({ kind: z.literal('broken-json'), ...anywhere }),
  /** The right answer after this much white space. */
  z.strictObject({ kind: z.literal('huge'), mebibytes: z.number().positive().max(1024), ...anywhere }),
  /** 302 to another address; to the platform's own front page by default. */
  z.strictObject({ kind: z.literal('redirect'), to: z.url().optional(), ...anywhere }),

  /** The value of `expires_in`; it is absent without a value. */
  z.strictObject({
    kind: z.literal('expires-in'),
    value: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
    ...onTokens,
  }),
  /** The real life of the token, which its answer has too. */
  z.strictObject({ kind: z.literal('token-life'), seconds: z.number().positive(), ...onTokens }),
  /** The token is granted without these scopes. */
  z.strictObject({
    kind: z.literal('smaller-scope'),
    withhold: z.array(z.string()).default([nrpsScope]),
    ...onTokens,
  }),
  /** `access_token` is null. */
  z.strictObject({ kind: z.literal('null-token'), ...onTokens }),

  /** An administrator gave the consent while acting as the user: the answer has `real_user`, as at Canvas. */
  z.strictObject({ kind: z.literal('masquerade'), ...onUserTokens }),
  /** No `refresh_token` in the answer. */
  z.strictObject({ kind: z.literal('no-refresh-token'), ...onUserTokens }),
  /** An OAuth error, whatever is asked; nothing is processed. By default the status is 401 for `invalid_client`, else 400. */
  z.strictObject({
    kind: z.literal('oauth-error'),
    error: z.string().default('invalid_grant'),
    description: z.string().optional(),
    status: z.int().min(400).max(599).optional(),
    ...onUserTokens,
  }),
  /** The token is valid, but the user may not do that: at Canvas a 401 without `WWW-Authenticate`. */
  z.strictObject({
    kind: z.literal('no-permission'),
    on: z.literal('user-api').default('user-api'),
    ...common,
  }),

  /** A roster without members. */
  z.strictObject({ kind: z.literal('empty-roster'), ...onMemberships }),
  /** A roster without this share of its members, evenly spread. Set `times` to the number of pages that are read. */
  z.strictObject({
    kind: z.literal('partial-roster'),
    missing: z.number().gt(0).lt(1).default(0.5),
    ...onMemberships,
  }),
  /** After this page the first member of the course is removed, or one is inserted before it, so that later pages shift. */
  z.strictObject({
    kind: z.literal('shift'),
    change: z.enum(['insert', 'remove']).default('remove'),
    ...onMemberships,
  }),
  /** Every page has a next page; after the last page comes the first. Applies until it is removed. */
  z.strictObject({ kind: z.literal('endless'), ...onMemberships, times: common.times.default('always') }),
  /** The next link leads to the page itself. */
  z.strictObject({ kind: z.literal('loop'), ...onPages }),
  /** The next link leads to another origin. */
  z.strictObject({
    kind: z.literal('foreign-next'),
    origin: z.url().default('https://elsewhere.example'),
    ...onPages,
  }),
  /** Links are written in a broken form that real platforms use. */
  z.strictObject({
    kind: z.literal('link-style'),
    rel: z.enum(['quoted', 'unquoted', 'curly']).default('quoted'),
    ampersand: z.enum(['plain', 'escaped']).default('plain'),
    ...onPages,
  }),
]);

/** A fault with its defaults, as `lms.faults` lists it. */
export type Fault = z.infer<typeof faultSchema>;
/** A fault for `lms.faults.add`: its `kind`, and which requests it is for. */
export type FaultInput = z.input<typeof faultSchema>;
export type FaultOfKind<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>;
