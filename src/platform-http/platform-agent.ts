import { Agent, Pool } from 'undici';
import { type UrlPolicy } from '../common/url-policy.js';
import { guardedLookup } from './guarded-lookup.js';
import { type ResolveHost } from './platform-http.options.js';

export interface PlatformAgentOptions {
  policy: UrlPolicy;
  resolve: ResolveHost;
  /** Connections to one origin. */
  connections: number;
  connectTimeoutMs: number;
  headersTimeoutMs: number;
  bodyTimeoutMs: number;
  maxResponseBytes: number;
}

/** undici's agent, kept alive per origin, whose sockets connect only where the policy permits. */
export function createPlatformAgent({ policy, resolve, ...bounds }: PlatformAgentOptions): Agent {
  return new Agent({
    connections: bounds.connections,
    connectTimeout: bounds.connectTimeoutMs,
    headersTimeout: bounds.headersTimeoutMs,
    bodyTimeout: bounds.bodyTimeoutMs,
    maxResponseSize: bounds.maxResponseBytes,
    // A pool for each origin, because the addresses that are allowed depend on the URL's scheme and port.
    factory: (origin, options) =>
      new Pool(origin, {
        ...(options as Pool.Options),
        connect: { lookup: guardedLookup(new URL(origin), policy, resolve) },
      }),
  });
}
