import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { LtiModule, type LtiModuleOptions, OAuthService, TokenCipher } from '../../src/index.js';
import { SimulatedPlatform } from '../../src/testing/index.js';
import { HostConfig } from '../support/host-app.js';
import { InMemoryStoreServer, ServerTokenStore } from '../support/in-memory-store-server.js';
import { RunningHost } from '../support/running-host.js';

const encryptionKeys = `a:${Buffer.alloc(32, 9).toString('base64')}`;

/** The data that two processes of a host share. */
const server = new InMemoryStoreServer();

/** The host's own store as a provider. The host creates and closes it. */
@Injectable()
class HostTokenStore extends ServerTokenStore implements OnApplicationShutdown {
  closings = 0;

  constructor(@Inject(HostConfig) config: HostConfig) {
    super(server, TokenCipher.of(config.getOrThrow<{ encryptionKeys: string }>('lti').encryptionKeys));
  }

  override async close(): Promise<void> {
    this.closings += 1;
    await super.close();
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }
}

@Module({ providers: [HostTokenStore], exports: [HostTokenStore] })
class HostTokenStoreModule {}

const start = (database?: { url: string }) =>
  RunningHost.start(
    () =>
      LtiModule.forRootAsync({
        imports: [HostTokenStoreModule],
        inject: [HostConfig, HostTokenStore],
        useFactory: (config: HostConfig, store: HostTokenStore) => ({
          ...config.getOrThrow<LtiModuleOptions>('lti'),
          tokenStore: { type: 'custom', store },
        }),
      }),
    { encryptionKeys, ...(database && { database }) },
  );

describe('a token store of the host’s own', () => {
  let lms: SimulatedPlatform;
  let one: RunningHost;
  let other: RunningHost;
  beforeAll(async () => {
    lms = await SimulatedPlatform.start();
    one = await start();
    other = await start({ url: one.ltiDatabase.url });
  });
  afterAll(async () => {
    await other.stop();
    await one.stop();
    await lms.stop();
  });

  it('gives all processes one token, which is encrypted before it is stored', async () => {
    const course = lms.addCourse({ members: 3 });
    const registration = await lms.connect(one.app);
    const clients = await Promise.all(
      [one, other, one, other].map(({ app }) =>
        app
          .get(OAuthService, { strict: false })
          .authenticate(registration, { memberships: course.membershipsUrl }),
      ),
    );
    const values = new Set(clients.map((client) => client.accessToken.value));
    expect(values.size).toBe(1);
    expect(lms.counts.tokenRequests).toBe(1);
    const [value = ''] = values;
    expect(value).not.toBe('');
    const [entry] = server.entries.values();
    expect(entry?.token?.encrypted).toMatch(/^v1\.a\./);
    expect(JSON.stringify([...server.entries])).not.toContain(value);
  });

  it('is not closed by nest-lti', async () => {
    const store = other.app.get(HostTokenStore, { strict: false });
    await other.app.close();
    expect(store.closings).toBe(1);
  });
});

it('reports invalid keys of a cipher and does not show them', () => {
  const make = () => TokenCipher.of('a:c2hvcnQ=');
  expect(make).toThrow('encryptionKeys: key "a" has 5 bytes, not 32');
  expect(make).not.toThrow('c2hvcnQ=');
});
