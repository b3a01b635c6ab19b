import { createHmac } from 'node:crypto';
import { FakeClock } from '../../fake-clock.js';
import { SimulatedPlatform } from '../../simulated-platform.js';
import { type Lti11LaunchInput } from './lti11-launch-input.schema.js';
import { signature, signatureBaseString } from './oauth1-signature.js';

describe('signatures of OAuth 1', () => {
  it('sign the base string of RFC 5849 3.4.1.1', () => {
    // Its example but for the Authorization header, whose parameters stand in the body here.
    const base = signatureBaseString('http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b', [
      ['c2', ''],
      ['a3', '2 q'],
      ['oauth_consumer_key', '9djdj82h48djs9d2'],
      ['oauth_token', 'kkk9d7dh3k39sjv7'],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_timestamp', '137131201'],
      ['oauth_nonce', '7d8f3e4a'],
    ]);
    expect(base).toBe(
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
    );
  });

  it('use the encoded secret and no token as the key of the HMAC', () => {
    const expected = createHmac('sha256', 'a%26b%21&').update('text').digest('base64');
    expect(signature('text', 'a&b!', 'HMAC-SHA256')).toBe(expected);
  });
});

describe('launches of the simulated platform by LTI 1.1', () => {
  const clock = new FakeClock();
  const launchUrl = 'http://tool.example/lti/1.1/launch?placement=course';
  let lms: SimulatedPlatform;

  beforeEach(async () => {
    lms = await SimulatedPlatform.start({ family: 'canvas', clock });
    lms.addTool({
      clientId: 'tool-1',
      jwks: { keys: [] },
      lti11: { consumerKey: 'key', secret: 's&cret', launchUrl },
    });
    lms.addCourse({ contextId: 'biology', members: 3 });
  });
  afterEach(() => lms.stop());

  const launch = (changes: Partial<Lti11LaunchInput> = {}) =>
    lms.startLti11Launch({ consumerKey: 'key', contextId: 'biology', userId: 'user-00002', ...changes });

  function resigned(url: string, parameters: Readonly<Record<string, string>>, secret = 's&cret'): string {
    const { oauth_signature: _, ...signed } = parameters;
    return signature(signatureBaseString(url, Object.entries(signed)), secret, 'HMAC-SHA1');
  }

  it('are signed together with the query of the launch URL', () => {
    const { url, parameters } = launch();
    expect(url).toBe(launchUrl);
    expect(parameters).toMatchObject({
      lti_message_type: 'basic-lti-launch-request',
      lti_version: 'LTI-1p0',
      user_id: 'lti11-user-00002',
      roles: 'Learner',
      context_id: 'lti11-biology',
      resource_link_id: 'lti11-link-biology',
      oauth_consumer_key: 'key',
      oauth_timestamp: String(clock.nowMs() / 1000),
      oauth_signature_method: 'HMAC-SHA1',
      oauth_signature: resigned(url, parameters),
    });
    expect(parameters).not.toHaveProperty('placement');
    expect(launch().parameters.oauth_nonce).not.toBe(parameters.oauth_nonce);
  });

  it('repeat that query in the body, signed once, as Moodle does', () => {
    const { url, parameters } = launch({ foldQueryIntoBody: true });
    expect([url, parameters.placement]).toEqual([launchUrl, 'course']);
    expect(parameters.oauth_signature).toBe(resigned('http://tool.example/lti/1.1/launch', parameters));
  });

  it('can have a wrong signature on purpose', () => {
    const { url, parameters } = launch({
      timestamp: 1,
      nonce: 'n',
      secret: 'wrong',
      parameters: { custom_x: 'y', roles: null },
    });
    expect(parameters).toMatchObject({
      oauth_timestamp: '1',
      oauth_nonce: 'n',
      custom_x: 'y',
      oauth_signature: resigned(url, parameters, 'wrong'),
    });
    expect(parameters).not.toHaveProperty('roles');
  });

  it('ask for content items, without a resource link', () => {
    const { parameters } = launch({ messageType: 'ContentItemSelectionRequest', userId: undefined });
    expect(parameters).toHaveProperty(
      'content_item_return_url',
      `${lms.url}/courses/biology/deep_linking_response`,
    );
    expect(parameters).not.toHaveProperty('resource_link_id');
    expect(parameters).not.toHaveProperty('user_id');
  });

  it.each([
    [{ consumerKey: 'other' }, 'unknown_simulated_tool'],
    [{ consumerKey: undefined, clientId: 'bare' }, 'simulated_tool_cannot_launch'],
    [{ userId: 'nobody' }, 'unknown_simulated_member'],
  ])('do not start with %j', (changes, code) => {
    lms.addTool({ clientId: 'bare', jwks: { keys: [] } });
    expect(() => launch(changes)).toThrow(expect.objectContaining({ code }));
  });
});
