import { type Clock, SystemClock } from '../../src/common/clock.js';
import { parseLtiConfig } from '../../src/config/lti-config.js';
import { type ToolKeyService } from '../../src/keys/tool-key.service.js';
import { AccessTokenService } from '../../src/oauth/access-token.service.js';
import { GuardedTokenStore } from '../../src/oauth/guarded-token-store.service.js';
import { OAuthService } from '../../src/oauth/oauth.service.js';
import { RenewalLeases } from '../../src/oauth/renewal-leases.service.js';
import { TokenCache } from '../../src/oauth/token-cache.service.js';
import { TokenEndpoint } from '../../src/oauth/token-endpoint.service.js';
import { TokenEvidence } from '../../src/oauth/token-evidence.js';
import { TokenRenewal } from '../../src/oauth/token-renewal.service.js';
import { TokenRequests } from '../../src/oauth/token-requests.service.js';
import { LtiMetrics } from '../../src/metrics/lti-metrics.js';
import { TokenMetrics } from '../../src/metrics/token-metrics.js';
import { PlatformHttp } from '../../src/platform-http/platform-http.service.js';
import { RegistrationListeners } from '../../src/registrations/registration-listeners.js';
import { type ScopeRefusals } from '../../src/registrations/scope-refusals.service.js';
import { MemoryTokenStore } from '../../src/token-store/memory-token-store.js';
import { type TokenStore } from '../../src/token-store/token-store.js';
import { type SigningKeys } from './signing-keys.js';

export interface OAuthComposition {
  http: PlatformHttp;
  tokenEndpoint: TokenEndpoint;
  tokens: AccessTokenService;
  renewal: TokenRenewal;
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
  const guarded = new GuardedTokenStore(store, tokenMetrics, clock);
  const leases = new RenewalLeases(guarded, tokenMetrics, clock);
  const renewal = new TokenRenewal(tokenEndpoint, guarded, leases, tokenMetrics, clock);
  const cache = new TokenCache(guarded, leases, renewal, evidence, clock, config);
  const requests = new TokenRequests(renewal, cache, evidence, refusals, clock);
  const tokens = new AccessTokenService(
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
