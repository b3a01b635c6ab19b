import { type INestApplication } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { randomBytes } from 'node:crypto';
import { Clock, LtiModule, OAuthService } from '../../src/index.js';
import { ShiftedClock, SimulatedPlatform } from '../../src/testing/index.js';
import { createMigratedDatabase, type TestDatabase } from '../support/test-database.js';

/** An embedder's test, with the exports of `nest-lti` and `nest-lti/testing` alone. */
describe('an application and a platform with the clock of a test', () => {
  const clock = new ShiftedClock();
  let database: TestDatabase;
  let lms: SimulatedPlatform;
  let app: INestApplication;

  beforeAll(async () => {
    database = await createMigratedDatabase();
    lms = await SimulatedPlatform.start({ clock });
    const testing = await Test.createTestingModule({
      imports: [
        ScheduleModule.forRoot(),
        LtiModule.forRoot({
          publicUrl: 'https://tool.example.edu',
          database: { url: database.url },
          encryptionKeys: `test:${randomBytes(32).toString('base64')}`,
          platformHttp: { allowPrivateNetworks: true },
        }),
      ],
    })
      .overrideProvider(Clock)
      .useValue(clock)
      .compile();
    app = testing.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await app.close();
    await lms.stop();
    await database.drop();
  });

  it('request a new token when the test has set the clock past the end of the first one', async () => {
    const registration = await lms.connect(app);
    const { membershipsUrl } = lms.addCourse({ members: 2 });
    const authenticate = () =>
      app.get(OAuthService, { strict: false }).authenticate(registration, { memberships: membershipsUrl });
    const client = await authenticate();
    clock.advance(30 * 60_000);
    await authenticate();
    expect([client.isExpired(), lms.counts.tokenRequests]).toEqual([false, 1]);

    clock.advance(30 * 60_000);
    expect(client.isExpired()).toBe(true);
    await authenticate();
    expect(lms.counts.tokenRequests).toBe(2);
  });
});
