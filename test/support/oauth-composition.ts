import { type Clock, SystemClock } from '../../src/common/clock.js';
import { parseLtiConfig } from '../../src/config/lti-config.js';
import { type ToolKeyService } from '../../src/keys/tool-key.service.js';
import { AccessTokenManager } from '../../src/access-tokens/access-token.manager.js';
import { ResilientTokenStore } from '../../src/access-tokens/stores/resilient-token-store.js';
import { OAuthService } from '../../src/access-tokens/oauth.service.js';
import { RefreshLeases } from '../../src/access-tokens/refresh-leases.js';
import { TokenCache } from '../../src/access-tokens/token-cache.service.js';
import { TokenEndpoint } from '../../src/access-tokens/token-endpoint.js';
import { TokenEvidence } from '../../src/access-tokens/token-evidence.js';
import { AccessTokenRefresher } from '../../src/access-tokens/access-token.refresher.js';
import { TokenRequests } from '../../src/access-tokens/token-requests.service.js';
import { LtiMetrics } from '../../src/metrics/lti-metrics.js';
import { TokenMetrics } from '../../src/metrics/token-metrics.js';
import { PlatformHttp } from '../../src/platform-http/platform-http.service.js';
import { RegistrationListeners } from '../../src/registrations/registration-listeners.js';
import { type ScopeRefusals } from '../../src/registrations/scope-refusals.service.js';
import { MemoryTokenStore } from '../../src/access-tokens/stores/memory-token-store.js';
import { type TokenStore } from '../../src/access-tokens/stores/token-store.js';
import { type SigningKeys } from './signing-keys.js';

export interface OAuthComposition {
  http: PlatformHttp;
  tokenEndpoint: TokenEndpoint;
  tokens: AccessTokenManager;
  renewal: AccessTokenRefresher;
  cache: TokenCache;
  metrics: LtiMetrics;
  oauth: OAuthService;
  stop(): Promise<void>;
}

const config = parseLtiConfig({
  publicUrl: 'https://tool.example.edu',
  database: { url: 'postgres://nobody@127.0.0.1/none' },
  encryptionKeys: `a:${Buffer.alloc(32, 1).toString('base64')}`,
});

/** The OAuth client put together by hand from its real parts, without a database: refused scopes are not remembered. */
export function composeOAuth(
  keys: SigningKeys,
  clock: Clock = new SystemClock(),
  store: TokenStore | null = new MemoryTokenStore(),
): OAuthComposition {
  const http = new PlatformHttp({ allowPrivateNetworks: true }, clock);
  const refusals = { note: () => Promise.resolve([]) } as unknown as ScopeRefusals;
  const tokenEndpoint = new TokenEndpoint(http, keys as ToolKeyService, clock);
  const metrics = new LtiMetrics();
  const tokenMetrics = new TokenMetrics(metrics);
  const evidence = new TokenEvidence();
  const guarded = new ResilientTokenStore(store, tokenMetrics, clock);
  const leases = new RefreshLeases(guarded, tokenMetrics, clock);
  const renewal = new AccessTokenRefresher(tokenEndpoint, guarded, leases, tokenMetrics, clock);
  const cache = new TokenCache(guarded, leases, renewal, evidence, clock, config);
  const requests = new TokenRequests(renewal, cache, evidence, refusals, clock);
  const tokens = new AccessTokenManager(
    requests,
    renewal,
    cache,
    guarded,
    evidence,
    new RegistrationListeners(),
    tokenMetrics,
    clock,
    config,
  );
  cache.onModuleInit();
  tokens.onModuleInit();
  return {
    http,
    tokenEndpoint,
    tokens,
    renewal,
    cache,
    metrics,
    oauth: new OAuthService(tokens, http, clock),
    stop: async () => {
      await renewal.beforeApplicationShutdown();
      cache.onApplicationShutdown();
      await http.onApplicationShutdown();
    },
  };
}
