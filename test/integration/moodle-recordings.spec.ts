import { type LtiError } from '../../src/common/lti-error.js';
import { Logger } from '@nestjs/common';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { Scope } from '../../src/common/scopes.js';
import { type Member } from '../../src/lti-services/memberships/member.js';
import {
  MembershipsService,
  type MembershipsOptions,
} from '../../src/lti-services/memberships/memberships.service.js';
import { type OAuthClient } from '../../src/access-tokens/oauth-client.js';
import { TokenRequestRefused } from '../../src/access-tokens/access-token.errors.js';
import { type Registration } from '../../src/registrations/registration.entity.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { moodleRecording, moodleRecordings } from '../support/moodle-recordings.js';
import { composeOAuth, type OAuthComposition } from '../support/oauth-composition.js';
import { RecordedPlatform } from '../support/recorded-platform.js';
import { registrationFixture } from '../support/registration-fixture.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';

const COURSE_URL = '/mod/lti/services.php/CourseSection/6/bindings/1/memberships';
const membership = 'http://purl.imsglobal.org/vocab/lis/v2/membership';
const memberships = new MembershipsService();

let keys: SigningKeys;
let clock: FakeClock;
let moodle: RecordedPlatform;
let composition: OAuthComposition;
let registration: Registration;

beforeAll(async () => {
  Logger.overrideLogger(false);
  keys = await createSigningKeys();
});

beforeEach(async () => {
  clock = new FakeClock();
  moodle = await RecordedPlatform.start(moodleRecordings);
  composition = composeOAuth(keys, clock);
  registration = registrationFixture({
    tokenUrl: moodle.here('http://127.0.0.1:8088/mod/lti/token.php'),
    platformFamily: 'moodle',
  });
});

afterEach(async () => {
  // First, because a request without an answer would keep the client from closing.
  await moodle.stop();
  await composition.stop();
});

it('serves the recordings unchanged, except for the address', async () => {
  for (const recording of moodleRecordings) {
    moodle.answerNext(recording);
    const { method, url, headers: sent, body: sentBody } = recording.request;
    // Not fetch: that reads the reason as UTF-8.
    const request = httpRequest(moodle.here(url), { method, headers: sent }).end(sentBody ?? undefined);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const { status, statusText, headers, body } = recording.response;
    expect([response.statusCode, response.statusMessage]).toEqual([status, statusText]);
    for (const [name, value] of Object.entries(headers)) {
      expect(response.headers[name]).toBe(moodle.here(value));
    }
    expect(await text(response)).toBe(moodle.here(body));
  }
});

it('answers a request with the recording of the same method, path, query and Accept', async () => {
  const url = moodle.here(`http://127.0.0.1:8088${COURSE_URL}?limit=1`);
  const wrong = await fetch(url, { headers: { accept: 'application/json' } });
  expect([wrong.status, wrong.statusText]).toEqual([
    400,
    'No handler found for /CourseSection/6/bindings/1/memberships application/json',
  ]);
  const unknown = await fetch(`${url}&x=1`);
  expect(unknown.status).toBe(599);
});

describe('the token client', () => {
  const request = (name: string, scopes: readonly string[] = registration.scopes) => {
    moodle.answerNext(moodleRecording('token', name));
    return composition.tokenEndpoint.request(registration, scopes);
  };

  it('reads a token that comes as text/html', async () => {
    const token = await request('token ok');
    expect(token.value).toBe('908974cad39751955dea7fac7e1fcb97');
    expect(token.expiresAt).toEqual(new Date(clock.now().getTime() + 3_600_000));
    expect(token.scopes).toEqual([...registration.scopes].sort());
  });

  it.each([
    ['scope subset', [Scope.score]],
    ['one unknown scope + one ok', [Scope.score, 'https://lms.example/scope/unknown']],
  ])('reads that "%s" granted the one scope', async (name, asked) => {
    expect((await request(name, asked)).scopes).toEqual([Scope.score]);
  });

  it.each([
    ['only unknown scope', 'invalid_scope'],
    ['expired', 'Expired token'],
    ['iat future 30s', 'Cannot handle token with iat prior to 2026-11-21T17:21:57+0000'],
    ['bad key', 'Signature verification failed'],
    ['unknown client', 'invalid_client'],
    ['garbage assertion', 'invalid_request'],
    ['bad grant', 'unsupported_grant_type'],
    ['json content-type', 'invalid_request'],
  ])('explains the refusal "%s"', async (name, words) => {
    const error = await request(name).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TokenRequestRefused);
    expect(error).toMatchObject({ code: 'token_request_refused', platformError: words });
    expect((error as Error).message).toContain(`400 (${words})`);
  });

  it('reports a refusal of all scopes as a ScopeMismatch, after asking for the needed ones alone', async () => {
    const refusal = moodleRecording('token', 'only unknown scope');
    moodle.answerNext(refusal, refusal);
    const endpoints = { memberships: moodle.here(`http://127.0.0.1:8088${COURSE_URL}`) };
    await expect(composition.oauth.authenticate(registration, endpoints)).rejects.toMatchObject({
      code: 'scope_mismatch',
      required: [Scope.membershipReadonly],
    });
    expect(new URLSearchParams(moodle.requests[1]?.body).get('scope')).toBe(Scope.membershipReadonly);
  });

  it('has used all of its recordings', () => {
    expect(moodleRecordings.filter(({ service }) => service === 'token')).toHaveLength(11);
  });
});

describe('the memberships client', () => {
  let client: OAuthClient;

  beforeEach(async () => {
    const endpoints = { memberships: moodle.here(`http://127.0.0.1:8088${COURSE_URL}`) };
    client = await composition.oauth.authenticate(registration, endpoints);
  });

  async function firstPage(options: MembershipsOptions) {
    const { value, done } = await memberships.stream(client, options).next();
    if (done === true) throw new Error('There is no page.');
    return value;
  }

  const teacher = (number: number, letter: string): Member => ({
    userId: String(number),
    roles: [`${membership}#Instructor`],
    status: 'Active',
    name: `Teach 5${letter} Er`,
    givenName: `Teach 5${letter}`,
    familyName: 'Er',
    email: `teacher5${letter}@example.com`,
    sections: [],
  });

  it('reads a page with its context, and finds the next one', async () => {
    const pages = memberships.stream(client, { limit: 2 });
    expect((await pages.next()).value).toEqual({
      context: { id: '6', label: 'C5', title: 'Course 5 & Söhne' },
      members: [teacher(311, 'a'), teacher(312, 'b')],
      number: 1,
      isLast: false,
    });
    // The next page was not recorded. The test checks that it was requested by the URL of the link.
    await expect(pages.next()).rejects.toMatchObject({ code: 'memberships_unavailable' });
    expect(moodle.requests.at(-1)?.url).toBe(`${COURSE_URL}?limit=2&from=2`);
  });

  it('reads a page behind the last member as an empty last page', async () => {
    const from = moodle.here(`http://127.0.0.1:8088${COURSE_URL}?limit=2&from=62`);
    const pages = [];
    for await (const page of memberships.stream(client, { from })) pages.push(page);
    expect(pages).toEqual([
      {
        context: { id: '6', label: 'C5', title: 'Course 5 & Söhne' },
        members: [],
        number: 1,
        isLast: true,
      },
    ]);
  });

  it('reads learners by their short role, with accents and a sourcedid where there is one', async () => {
    const { members } = await firstPage({ role: 'Learner', limit: 2 });
    expect(members).toEqual([
      {
        userId: '22',
        roles: [`${membership}#Learner`],
        status: 'Active',
        name: 'Ana 020 García',
        givenName: 'Ana 020',
        familyName: 'García',
        email: 'student020@example.com',
        sections: [],
      },
      {
        userId: '23',
        roles: [`${membership}#Learner`],
        status: 'Active',
        name: 'Björn 021 García',
        givenName: 'Björn 021',
        familyName: 'García',
        email: 'student021@example.com',
        sourcedId: 'SIS021',
        sections: [],
      },
    ]);
  });

  it('filters by role itself, since the next link has lost the role', async () => {
    const withoutRole = moodleRecording('nrps', 'limit=2');
    moodle.answerNext(moodleRecording('nrps', 'role Learner short + limit'), withoutRole);
    const pages = memberships.stream(client, { role: 'Learner', limit: 2 });
    expect((await pages.next()).value).toMatchObject({ members: [{ userId: '22' }, { userId: '23' }] });
    expect((await pages.next()).value).toMatchObject({ members: [], number: 2 });
    expect(moodle.requests.at(-1)?.url).toBe(`${COURSE_URL}?limit=2&from=2`);
  });

  it('reads teachers by the full URI of their role, though Moodle answers the short one', async () => {
    expect(await memberships.getMembers(client, { role: `${membership}#Instructor` })).toEqual([
      teacher(311, 'a'),
      teacher(312, 'b'),
    ]);
  });

  it('reads the message of a resource link, kept as it came', async () => {
    const { members } = await firstPage({ resourceLinkId: '5', limit: 1 });
    expect(members).toHaveLength(1);
    expect(members[0]).toEqual({
      ...teacher(311, 'a'),
      messages: [
        {
          'https://purl.imsglobal.org/spec/lti/claim/message_type': 'LtiResourceLinkRequest',
          'https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome': {
            lis_result_sourcedid: expect.stringContaining('"userid":"311"'),
            lis_outcome_service_url: moodle.here('http://127.0.0.1:8088/mod/lti/service.php'),
          },
        },
      ],
    });
  });

  it('explains the 502 to a resource link of another course', async () => {
    const error = await firstPage({ resourceLinkId: '1', limit: 1 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'memberships_unavailable' });
    expect((error as LtiError).details()).toEqual({ platformStatus: 502, page: 1 });
    expect((error as LtiError).message).toMatch(/502 Bad Gateway.*nginx.*resource link of another course/);
  });

  it('would explain the 400 to another Accept, which it never sends', async () => {
    moodle.answerNext(moodleRecording('nrps', 'Accept application/json'));
    const error = await firstPage({ limit: 1 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'memberships_refused' });
    expect((error as LtiError).details()).toEqual({ platformStatus: 400, page: 1 });
    expect((error as LtiError).message).toContain(
      'No handler found for /CourseSection/6/bindings/1/memberships application/json',
    );
  });

  it.each(['garbage token', 'wrong scope token', 'expired token'])(
    'treats the 401 to a %s as a refusal of the token, which is renewed once',
    async (name) => {
      const refusal = moodleRecording('nrps', name);
      moodle.answerNext(refusal, moodleRecording('token', 'token ok'), refusal);
      await expect(firstPage({})).rejects.toMatchObject({ code: 'authentication_failed', conclusive: true });
      expect(moodle.requests).toHaveLength(4);
      expect(moodle.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
    },
  );

  it('continues with the new token after a 401', async () => {
    clock.advance(120_000);
    moodle.answerNext(
      moodleRecording('nrps', 'expired token'),
      moodleRecording('token', 'token ok'),
      moodleRecording('nrps', 'limit=2&from=62 beyond'),
    );
    expect((await firstPage({})).members).toEqual([]);
  });

  it('has used all of its recordings', () => {
    expect(moodleRecordings.filter(({ service }) => service === 'nrps')).toHaveLength(10);
  });
});
