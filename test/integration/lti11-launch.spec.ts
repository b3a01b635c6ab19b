import { getDataSourceToken } from '@nestjs/typeorm';
import { createHmac, randomUUID } from 'node:crypto';
import request from 'supertest';
import { type DataSource } from 'typeorm';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { UsedNonceRepository } from '../../src/launch/used-nonce.repository.js';
import { LtiTestApp } from '../support/lti-app.js';

type Pair = [string, string];

/** The public URL of the tool, which differs from the address of the test. */
const PUBLIC_URL = 'https://Tool.example.edu:443/lms';
const SIGNED_URL = 'https://tool.example.edu/lms/lti/1.1/launch';
const SECRET = 'the secret + & of é';
const NONCE_USED = { status: 401, code: 'lti11_nonce_used', specRef: 'RFC 5849 3.3' };

/** A second implementation of RFC 5849, independent of the one under test. */
function sign(pairs: Pair[], secret: string, hash: string, url = SIGNED_URL): string {
  const unreserved = /[A-Za-z0-9._~-]/;
  const encode = (text: string): string =>
    [...Buffer.from(text)]
      .map((byte) => String.fromCharCode(byte))
      .map((char) =>
        unreserved.test(char) ? char : `%${Buffer.from(char, 'latin1').toString('hex').toUpperCase()}`,
      )
      .join('');
  const parameters = pairs.map(([name, value]) => `${encode(name)}\0${encode(value)}`).sort();
  const base = `POST&${encode(url)}&${encode(parameters.map((pair) => pair.replace('\0', '=')).join('&'))}`;
  return createHmac(hash, `${encode(secret)}&`)
    .update(base)
    .digest('base64');
}

const textOf = (pairs: Pair[]): string => new URLSearchParams(pairs).toString();

describe('launches by LTI 1.1', () => {
  let lti: LtiTestApp;
  let consumerKey: string;
  beforeAll(async () => {
    lti = await LtiTestApp.start({ publicUrl: PUBLIC_URL });
    consumerKey = await consumer();
  });
  afterAll(() => lti.stop());

  const consumer = async (): Promise<string> => {
    const body = { name: 'Campus', consumerKey: randomUUID(), secret: SECRET };
    return (await lti.api('post', '/api/v1/lti11-consumers', body).expect(201)).body.consumerKey;
  };

  const fields = (changes: Record<string, string | undefined> = {}): Pair[] => {
    const all: Record<string, string | undefined> = {
      lti_message_type: 'basic-lti-launch-request',
      lti_version: 'LTI-1p0',
      resource_link_id: 'rl-1',
      resource_link_title: "Schröder's *test* (1)!",
      user_id: 'u-1',
      roles: 'Learner',
      oauth_consumer_key: consumerKey,
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: String(lti.clock.nowMs() / 1000),
      oauth_nonce: randomUUID(),
      oauth_version: '1.0',
      oauth_callback: 'about:blank',
      ...changes,
    };
    return Object.entries(all).filter((pair): pair is Pair => pair[1] !== undefined);
  };
  const signed = (
    form: Pair[],
    { query = [] as Pair[], secret = SECRET, hash = 'sha1', url = SIGNED_URL } = {},
  ) => [...form, ['oauth_signature', sign([...query, ...form], secret, hash, url)] as Pair];
  const post = (form: Pair[], query = '', headers: Record<string, string> = {}) =>
    request(lti.url)
      .post(`/lti/1.1/launch${query}`)
      .set({ 'Content-Type': 'application/x-www-form-urlencoded', ...headers })
      .send(textOf(form));
  const outcome = async (answer: request.Test) => {
    const { status, body } = await answer;
    return { status, code: body.code, specRef: body.specRef };
  };
  const lastLaunch = async () => {
    const dataSource = lti.app.get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE));
    const [row] = await dataSource.query(
      `SELECT s.launch, c.consumer_key FROM nest_lti.launch_session s
       JOIN nest_lti.lti11_consumer c ON c.id = s.consumer_id ORDER BY s.id DESC LIMIT 1`,
    );
    return row;
  };

  it('are accepted with a signature by HMAC-SHA1, and start a session of the consumer', async () => {
    await post(signed(fields())).expect(200);
    expect(await lastLaunch()).toMatchObject({
      consumer_key: consumerKey,
      launch: {
        version: '1.1',
        targetLinkUri: `${PUBLIC_URL}/lti/1.1/launch`,
        user: { id: 'u-1' },
        resourceLink: { id: 'rl-1', title: "Schröder's *test* (1)!" },
        lti11: { consumerKey, userId: 'u-1', resourceLinkId: 'rl-1', isVerified: true },
      },
    });
    expect(JSON.stringify((await lastLaunch()).launch)).not.toContain('oauth_signature"');
  });

  it('are accepted with HMAC-SHA256, and with no other method', async () => {
    const form = fields({ oauth_signature_method: 'HMAC-SHA256' });
    await post(signed(form, { hash: 'sha256' })).expect(200);
    for (const method of ['PLAINTEXT', 'RSA-SHA1', 'hmac-sha1', '__proto__']) {
      const answer = post(signed(fields({ oauth_signature_method: method })));
      expect(await outcome(answer)).toMatchObject({
        status: 400,
        code: 'lti11_signature_method_unsupported',
      });
    }
    const mixed = signed(fields({ oauth_signature_method: 'HMAC-SHA256' }), { hash: 'sha1' });
    expect(await outcome(post(mixed))).toMatchObject({ status: 401, code: 'lti11_signature_invalid' });
  });

  it('are accepted once, however many arrive at the same time', async () => {
    const form = signed(fields());
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => outcome(post(form))));
    expect(outcomes.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(outcomes.filter(({ status }) => status !== 200)).toEqual(Array(7).fill(NONCE_USED));
  });

  it('are not accepted again with other parameters: the nonce of a consumer is used', async () => {
    const nonce = { oauth_nonce: randomUUID() };
    await post(signed(fields(nonce))).expect(200);
    expect(await outcome(post(signed(fields({ ...nonce, resource_link_id: 'rl-2' }))))).toEqual(NONCE_USED);
    await post(signed(fields({ ...nonce, oauth_consumer_key: await consumer() }))).expect(200);
  });

  it('do not use a nonce without a valid signature', async () => {
    const form = fields();
    await post(signed(form, { secret: 'wrong' })).expect(401);
    await post(signed(form)).expect(200);
  });

  it.each([
    [-300, 200, undefined],
    [300, 200, undefined],
    [-301, 401, 'lti11_timestamp_stale'],
    [301, 401, 'lti11_timestamp_stale'],
  ])('signed at %i s from now are answered with %i', async (offset, status, code) => {
    const oauth_timestamp = String(lti.clock.nowMs() / 1000 + offset);
    expect(await outcome(post(signed(fields({ oauth_timestamp }))))).toMatchObject({ status, code });
  });

  it('signed for the future stay used until they are stale', async () => {
    const form = signed(fields({ oauth_timestamp: String(lti.clock.nowMs() / 1000 + 300) }));
    await post(form).expect(200);
    lti.clock.advance(600_000);
    await lti.app.get(UsedNonceRepository, { strict: false }).purge(lti.clock.now());
    expect(await outcome(post(form))).toEqual(NONCE_USED);
    lti.clock.advance(1000);
    expect(await outcome(post(form))).toMatchObject({ code: 'lti11_timestamp_stale' });
  });

  it('get the same answer for a wrong secret and for an unknown key', async () => {
    const wrong = await post(signed(fields(), { secret: 'wrong' }));
    const unknown = await post(signed(fields({ oauth_consumer_key: 'nobody' })));
    expect(wrong.body).toMatchObject({
      status: 401,
      code: 'lti11_signature_invalid',
      specRef: 'RFC 5849 3.2',
    });
    expect([unknown.status, unknown.type, unknown.body]).toEqual([wrong.status, wrong.type, wrong.body]);
    expect(wrong.text).not.toContain(consumerKey);
  });

  it.each([
    ['a changed value', (form: Pair[]) => form.map(([n, v]): Pair => [n, n === 'user_id' ? 'u-2' : v])],
    ['a changed name', (form: Pair[]) => form.map(([n, v]): Pair => [n === 'user_id' ? 'ext_u' : n, v])],
    ['one more', (form: Pair[]) => [...form, ['ext_more', ''] as Pair]],
    ['a realm', (form: Pair[]) => [...form, ['realm', 'x'] as Pair]],
    ['one less', (form: Pair[]) => form.filter(([name]) => name !== 'roles')],
  ])('are refused with %s', async (_, change) => {
    expect(await outcome(post(change(signed(fields()))))).toMatchObject({ code: 'lti11_signature_invalid' });
  });

  it('are refused with a query parameter that was not signed', async () => {
    expect(await outcome(post(signed(fields()), '?a=1'))).toMatchObject({ code: 'lti11_signature_invalid' });
  });

  it('are accepted with a query that is signed beside the form', async () => {
    const query: Pair[] = [['lesson', '4 + 1']];
    await post(signed(fields(), { query }), `?${textOf(query)}`).expect(200);
    expect((await lastLaunch()).launch.targetLinkUri).toBe(`${PUBLIC_URL}/lti/1.1/launch?lesson=4+%2B+1`);
  });

  it('are accepted as Moodle sends them: with the query signed once, but in the URL and in the form', async () => {
    const query: Pair[] = [
      ['lesson', '4'],
      ['lis_person_contact_email_primary', 'head@example.edu'],
    ];
    const form = signed(fields(), { query });
    await post([...query, ...form], `?${textOf(query)}`).expect(200);
    const { launch } = await lastLaunch();
    expect(launch.user).toEqual({ id: 'u-1' });
    const other = [...query, ...signed(fields(), { query })].map(([n, v]): Pair => [
      n,
      n === 'lesson' ? '5' : v,
    ]);
    expect(await outcome(post(other, `?${textOf(query)}`))).toMatchObject({
      code: 'lti11_signature_invalid',
    });
  });

  it('are checked against the public URL, whatever a proxy or a caller says', async () => {
    const forged = {
      Host: 'evil.example',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'http',
      Forwarded: 'host=evil.example;proto=http',
    };
    await post(signed(fields()), '', forged).expect(200);
    const url = 'http://evil.example/lti/1.1/launch';
    expect(await outcome(post(signed(fields(), { url }), '', forged))).toMatchObject({
      code: 'lti11_signature_invalid',
    });
  });

  it.each([
    'lti_message_type',
    'lti_version',
    'resource_link_id',
    'oauth_consumer_key',
    'oauth_signature_method',
    'oauth_timestamp',
    'oauth_nonce',
  ])('need %s exactly once', async (name) => {
    const { body } = await post(signed(fields({ [name]: undefined }))).expect(400);
    expect(body).toMatchObject({ code: 'lti11_parameter_missing', parameter: name });
    const twice = await post(signed([...fields(), [name, 'other']])).expect(400);
    expect(twice.body).toMatchObject({ code: 'lti11_parameter_duplicated', parameter: name });
    const inQuery = await post(signed(fields(), { query: [[name, 'other']] }), `?${name}=other`).expect(400);
    expect(inQuery.body).toMatchObject({ code: 'lti11_parameter_duplicated', parameter: name });
  });

  it('need a signature exactly once', async () => {
    expect(await outcome(post(fields()))).toMatchObject({ code: 'lti11_parameter_missing' });
    const form = signed(fields());
    expect(await outcome(post([...form, ['oauth_signature', 'x']]))).toMatchObject({
      code: 'lti11_parameter_duplicated',
    });
  });

  it.each([
    [{ oauth_version: '2.0' }, 'lti11_parameter_invalid'],
    [{ oauth_timestamp: '1e9' }, 'lti11_parameter_invalid'],
    [{ oauth_timestamp: '-1' }, 'lti11_parameter_invalid'],
    [{ oauth_timestamp: '9'.repeat(20) }, 'lti11_parameter_invalid'],
    [{ oauth_nonce: 'n'.repeat(256) }, 'lti11_parameter_invalid'],
    [{ oauth_consumer_key: 'k\0' }, 'lti11_text_invalid'],
    [{ lti_version: 'LTI-2p0' }, 'lti11_version_unsupported'],
    [{ lti_message_type: '<b>' }, 'lti11_message_type_unsupported'],
  ])('are refused with %j', async (change, code) => {
    expect(await outcome(post(signed(fields(change))))).toMatchObject({ status: 400, code });
  });

  it('are limited in size before a signature is checked', async () => {
    const many = Array.from({ length: 500 }, (_, n): Pair => [`ext_${n}`, '']);
    expect(await outcome(post(signed([...fields(), ...many])))).toMatchObject({
      code: 'launch_form_too_large',
    });
    await post([['ext_x', 'x'.repeat(300_000)]]).expect(413);
  });

  it('show users a page with the reason', async () => {
    const { text } = await post(signed(fields(), { secret: 'wrong' }), '', { Accept: 'text/html' })
      .expect(401)
      .expect('Content-Type', /^text\/html/);
    expect(text).toContain('lti11_signature_invalid');
  });

  it('without a user are refused if that is configured', async () => {
    const strict = await LtiTestApp.start({ publicUrl: PUBLIC_URL, launch: { anonymous: 'refuse' } });
    try {
      const body = { name: 'Campus', consumerKey, secret: SECRET };
      await strict.api('post', '/api/v1/lti11-consumers', body).expect(201);
      const launch = (form: Pair[]) =>
        request(strict.url)
          .post('/lti/1.1/launch')
          .type('form')
          .send(textOf(signed(form)));
      const oauth_timestamp = String(strict.clock.nowMs() / 1000);
      const refused = await launch(fields({ oauth_timestamp, user_id: undefined })).expect(403);
      expect(refused.body).toMatchObject({ code: 'anonymous_launch_refused' });
      await launch(fields({ oauth_timestamp })).expect(200);
    } finally {
      await strict.stop();
    }
    await post(signed(fields({ user_id: undefined }))).expect(200);
  });
});
