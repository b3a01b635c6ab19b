import { registrationFixture } from '../../test/support/registration-fixture.js';
import { type LtiConfig } from '../config/lti-config.js';
import { type ToolKeyService } from '../keys/tool-key.service.js';
import { PlatformHttpService } from '../platform-http/platform-http.service.js';
import { FakeClock } from '../testing/fake-clock.js';
import { type Finding } from './check-step.js';
import { ToolKeysCheck } from './tool-keys-check.js';

describe('the check of our own key set without an exception for private addresses', () => {
  let http: PlatformHttpService;
  beforeAll(() => {
    const resolve = () => Promise.resolve([{ address: '10.0.0.7', family: 4 as const }]);
    http = new PlatformHttpService({ resolve }, new FakeClock());
  });
  afterAll(() => http.onApplicationShutdown());

  function check(publicUrl: string): Promise<Finding> {
    // No key set is read, so no key is compared.
    const keys = {} as ToolKeyService;
    const registration = registrationFixture({ tokenUrl: 'https://lms.example.edu/token' });
    const step = new ToolKeysCheck(http, keys, { publicUrl } as LtiConfig);
    return step.check(registration, new AbortController().signal);
  }

  it.each([
    ['is on this machine', 'http://localhost:3000'],
    ['is a private address', 'https://192.168.1.5'],
    ['is plain http', 'http://tool.example.edu'],
    ['leads to a private address', 'https://tool.example.edu'],
  ])('is skipped where the public URL %s', async (_, publicUrl) => {
    expect(await check(publicUrl)).toEqual({
      outcome: 'skipped',
      code: 'public_url_private',
      actor: 'tool_operator',
      message: expect.stringContaining(`${publicUrl}/lti/jwks.json`),
      details: { url: `${publicUrl}/lti/jwks.json` },
    });
  });
});
