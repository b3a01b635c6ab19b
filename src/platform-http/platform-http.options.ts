import { type LookupAddress } from 'node:dns';
import { type RateLimit } from '../rate-limits/rate-limit.js';

/** All addresses of a host name. */
export type ResolveHost = (hostname: string) => Promise<LookupAddress[]>;

export interface PlatformHttpOptions {
  /** Development: private addresses and plain http to them are allowed. Default: false. */
  allowPrivateNetworks?: boolean;
  /** Hosts that may be private and speak plain http; see `UrlPolicyOptions`. Default: none. */
  allowedPrivateHosts?: readonly string[];
  /** Requests in flight at one platform (URL origin), of all processes together. Default: 8. */
  concurrencyPerPlatform?: number;
  /** Requests a second to one platform, of all processes together. Default: no bound until the platform refuses one. */
  requestsPerSecond?: number;
  /** Default: nest-lti with its version. */
  userAgent?: string;
  /** Name look-up, TCP and TLS together. Default: 5 s. */
  connectTimeoutMs?: number;
  /** From the request's end to the answer's headers. Default: 30 s. */
  headersTimeoutMs?: number;
  /** Between two pieces of the answer. Default: 30 s. */
  bodyTimeoutMs?: number;
  /** One exchange from connect to the body's end, if the request does not say. Default: 60 s. */
  timeoutMs?: number;
  /** Bytes of an answer's body, as sent and as unpacked. Default: 32 MiB. */
  maxResponseBytes?: number;
  /** Default: the system's resolver. */
  resolve?: ResolveHost;
  /** For the jitter of pauses: in [0, 1). Default: Math.random. */
  random?: () => number;
}

/** The limit of one platform for all processes together, while it refuses nothing. */
export function fullLimit({ concurrencyPerPlatform = 8, requestsPerSecond }: PlatformHttpOptions): RateLimit {
  return { concurrency: concurrencyPerPlatform, perSecond: requestsPerSecond };
}
