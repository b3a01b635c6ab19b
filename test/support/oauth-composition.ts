import { type Clock, SystemClock } from '../../src/common/clock.js';
import { parseLtiConfig } from '../../src/config/lti-config.js';
import { type ToolKeyService } from '../../src/keys/tool-key.service.js';
import { AccessTokenManager } from '../../src/access-tokens/access-token.manager.js';
import { ResilientTokenStore } from '../../src/access-tokens/stores/resilient-token-store.js';
import { OAuthService } from '../../src/access-tokens/oauth.service.js';
import { RefreshLeases } from '../../src/access-tokens/refresh-leases.js';
import { AccessTokenCache } from '../../src/access-tokens/access-token.cache.js';
import { TokenEndpoint } from '../../src/access-tokens/token-endpoint.js';
import { RefusedCalls } from '../../src/access-tokens/refused-calls.js';
import { AccessTokenRefresher } from '../../src/access-tokens/access-token.refresher.js';
import { LtiMetrics } from '../../src/metrics/lti-metrics.js';
import { TokenMetrics } from '../../src/metrics/token-metrics.js';
import { PlatformHttpService } from '../../src/platform-http/platform-http.service.js';
import { RegistrationListeners } from '../../src/registrations/registration-listeners.js';
import { type ScopeRefusalService } from '../../src/registrations/scope-refusal.service.js';
import { MemoryTokenStore } from '../../src/access-tokens/stores/memory-token-store.js';
import { type TokenStore } from '../../src/access-tokens/stores/token-store.js';
import { type SigningKeys } from './signing-keys.js';

export interface OAuthComposition {
  http: PlatformHttpService;
  tokenEndpoint: TokenEndpoint;
  tokens: AccessTokenManager;
  refusedCalls: RefusedCalls;
  refresher: AccessTokenRefresher;
  cache: AccessTokenCache;
  metrics: LtiMetrics;
  oauth: OAuthService;
  stop(): Promise<void>;
}

const config = parseLtiConfig({
  publicUrl: 'https://tool.example.edu',
  database: { url: 'postgres://nobody@127.0.0.1/none' },
  encryptionKeys: `a:${Buffer.alloc(32, 1).toString('base64')}`,
});

/** The OAuth client and its real parts, without Nest and a database. Refused scopes are not stored. */
export function composeOAuth(
  keys: SigningKeys,
  clock: Clock = new SystemClock(),
  store: TokenStore | null = new MemoryTokenStore(),
): OAuthComposition {
  const http = new PlatformHttpService({ allowPrivateNetworks: true }, clock);
  const refusals = { store: () => Promise.resolve([]) } as unknown as ScopeRefusalService;
  const tokenEndpoint = new TokenEndpoint(http, keys as ToolKeyService, clock);
  const metrics = new LtiMetrics();
  const tokenMetrics = new TokenMetrics(metrics);
  const resilient = new ResilientTokenStore(store, tokenMetrics, clock);
  const leases = new RefreshLeases(resilient, tokenMetrics, clock);
  const refresher = new AccessTokenRefresher(tokenEndpoint, resilient, leases, tokenMetrics, clock);
  const cache = new AccessTokenCache(resilient, refresher, clock, config);
  const listeners = new RegistrationListeners();
  const tokens = new AccessTokenManager(
    cache,
    refresher,
    resilient,
    refusals,
    listeners,
    tokenMetrics,
    clock,
    config,
  );
  const refusedCalls = new RefusedCalls(tokens, cache, refresher, resilient, clock, config);
  cache.onModuleInit();
  leases.onModuleInit();
  tokens.onModuleInit();
  return {
    http,
    tokenEndpoint,
    tokens,
    refusedCalls,
    refresher,
    cache,
    metrics,
    oauth: new OAuthService(tokens, refusedCalls, http, clock),
    stop: async () => {
      await refresher.beforeApplicationShutdown();
      cache.onApplicationShutdown();
      leases.onApplicationShutdown();
      await http.onApplicationShutdown();
    },
  };
}
