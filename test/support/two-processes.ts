import { randomUUID } from 'node:crypto';
import { type Registration } from '../../src/registrations/registration.entity.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { SimulatedPlatform, type SimulatedPlatformOptions } from '../../src/testing/index.js';
import { type TokenStore } from '../../src/access-tokens/stores/token-store.js';
import { InMemoryStoreServer, ServerTokenStore } from './in-memory-store-server.js';
import { composeOAuth, type OAuthComposition } from './oauth-composition.js';
import { registrationFixture } from './registration-fixture.js';
import { createSigningKeys } from './signing-keys.js';

type Side = OAuthComposition & { clock: FakeClock };

/** The token parts of two processes, each with its own clock, with one shared store and one platform. */
export class TwoProcesses {
  private constructor(
    readonly one: Side,
    readonly other: Side,
    readonly server: InMemoryStoreServer,
    readonly lms: SimulatedPlatform,
    /** The platform's clock. */
    readonly clock: FakeClock,
    readonly registration: Registration,
  ) {}

  /** @param makeStore creates the store of each process; by default a correct one */
  static async start(
    options: Omit<SimulatedPlatformOptions, 'clock'> = {},
    makeStore = (server: InMemoryStoreServer): TokenStore => new ServerTokenStore(server),
  ): Promise<TwoProcesses> {
    const keys = await createSigningKeys();
    const server = new InMemoryStoreServer();
    const clock = new FakeClock();
    const lms = await SimulatedPlatform.start({ throttles: false, ...options, clock });
    const clientId = `tool-${randomUUID()}`;
    lms.addTool({ clientId, jwks: (await keys.jwks()) as { keys: { kty: string }[] } });
    const { issuer, tokenUrl } = lms;
    const registration = registrationFixture({ id: randomUUID(), issuer, tokenUrl, clientId });
    const side = (): Side => {
      const sideClock = new FakeClock();
      return { ...composeOAuth(keys, sideClock, makeStore(server)), clock: sideClock };
    };
    return new TwoProcesses(side(), side(), server, lms, clock, registration);
  }

  /** Advances all clocks. */
  advance(ms: number): void {
    for (const clock of [this.one.clock, this.other.clock, this.clock]) clock.advance(ms);
    this.server.advancedMs += ms;
  }

  get tokenRequests(): number {
    return this.lms.counts.tokenRequests;
  }

  async atRest(): Promise<void> {
    await Promise.all([this.one.refresher.settled(), this.other.refresher.settled()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.one.stop(), this.other.stop()]);
    await this.lms.stop();
  }
}
