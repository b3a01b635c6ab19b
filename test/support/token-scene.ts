import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { type AccessTokenManager } from '../../src/access-tokens/access-token.manager.js';
import { type RefusedCalls } from '../../src/access-tokens/refused-calls.js';
import { type OAuthService } from '../../src/access-tokens/oauth.service.js';
import { type Registration } from '../../src/registrations/registration.entity.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import {
  SimulatedPlatform,
  type SimulatedPlatformOptions,
  type SimulatedToolInput,
} from '../../src/testing/index.js';
import { type TokenStore } from '../../src/access-tokens/stores/token-store.js';
import { Campus } from './campus.js';
import { composeOAuth } from './oauth-composition.js';
import { registrationFixture } from './registration-fixture.js';
import { type SigningKeys } from './signing-keys.js';

export interface CampusOptions extends Omit<SimulatedPlatformOptions, 'clock'> {
  /** The scopes that the platform grants. Default: all. */
  grants?: readonly string[];
  /** False: the tool is not added to the platform. */
  knowsTool?: boolean;
  /** The settings of the tool at the platform. */
  tool?: Omit<SimulatedToolInput, 'clientId'>;
}

/** The tool's registration at a platform. */
export type Registered = Pick<
  Registration,
  | 'name'
  | 'issuer'
  | 'clientId'
  | 'authorizationUrl'
  | 'tokenUrl'
  | 'jwksUrl'
  | 'tokenAudience'
  | 'platformFamily'
>;

/** The parts of the tool that a scene needs, with or without Nest. */
export interface ToolParts {
  clock: FakeClock;
  oauth: OAuthService;
  tokens: AccessTokenManager;
  refusedCalls: RefusedCalls;
  keySource: Pick<SimulatedToolInput, 'jwks' | 'jwksUrl'>;
  register(fields: Registered): Promise<Registration>;
  /** Resolves when no renewal is in progress. */
  atRest(): Promise<void>;
  stop(): Promise<void>;
}

/** The OAuth client and its platforms, over real HTTP and on one clock that stands still. */
export class TokenScene {
  private readonly platforms: SimulatedPlatform[] = [];

  constructor(private readonly parts: ToolParts) {}

  /** Without Nest and a database: fast, and refused scopes are not stored. */
  static async compose(keys: SigningKeys, store?: TokenStore | null): Promise<TokenScene> {
    Logger.overrideLogger(false);
    const clock = new FakeClock();
    const { oauth, tokens, refusedCalls, refresher, stop } = composeOAuth(keys, clock, store);
    const jwks = (await keys.jwks()) as SimulatedToolInput['jwks'];
    const register = (fields: Registered) =>
      Promise.resolve(registrationFixture({ ...fields, id: randomUUID() }));
    const atRest = (): Promise<void> => refresher.settled();
    return new TokenScene({
      clock,
      oauth,
      tokens,
      refusedCalls,
      keySource: { jwks },
      register,
      atRest,
      stop,
    });
  }

  get clock(): FakeClock {
    return this.parts.clock;
  }

  get oauth(): OAuthService {
    return this.parts.oauth;
  }

  get tokens(): AccessTokenManager {
    return this.parts.tokens;
  }

  get refusedCalls(): RefusedCalls {
    return this.parts.refusedCalls;
  }

  /** Resolves when no renewal is in progress, also none in the background. */
  atRest(): Promise<void> {
    return this.parts.atRest();
  }

  /** A new platform, and the tool's registration there. */
  async campus({ grants, knowsTool = true, tool, ...options }: CampusOptions = {}): Promise<Campus> {
    const lms = await SimulatedPlatform.start({ throttles: false, ...options, clock: this.clock });
    this.platforms.push(lms);
    const clientId = `tool-${randomUUID()}`;
    if (knowsTool) this.introduce(lms, clientId, grants, tool);
    return this.registered(lms, clientId);
  }

  /** Adds the tool to the platform, or replaces it with other scopes. */
  introduce(
    lms: SimulatedPlatform,
    clientId: string,
    grants?: readonly string[],
    tool: Omit<SimulatedToolInput, 'clientId'> = {},
  ): void {
    const scopes = grants === undefined ? {} : { scopes: [...grants] };
    lms.addTool({ clientId, ...this.parts.keySource, ...scopes, ...tool });
  }

  /** The tool's registration at a platform, by this client id. */
  async registered(lms: SimulatedPlatform, clientId: string): Promise<Campus> {
    const { issuer, authorizationUrl, tokenUrl, jwksUrl, tokenAudience } = lms;
    const registration = await this.parts.register({
      name: 'Campus',
      issuer,
      clientId,
      authorizationUrl,
      tokenUrl,
      jwksUrl,
      tokenAudience: tokenAudience === tokenUrl ? null : tokenAudience,
      platformFamily: lms.family,
    });
    return new Campus(lms, registration, this.oauth);
  }

  /** Stops the platforms. The tool runs on. */
  async clear(): Promise<void> {
    await Promise.all(this.platforms.splice(0).map((lms) => lms.stop()));
  }

  async stop(): Promise<void> {
    await this.clear();
    await this.parts.stop();
  }
}
