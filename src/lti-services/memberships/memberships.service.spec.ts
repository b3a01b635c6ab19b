import { type PlatformRefused } from '../../common/reactions.errors.js';
import { readFileSync } from 'node:fs';
import { LoopbackServer, type LoopbackHandler } from '../../../test/support/loopback-server.js';
import { composeOAuth, type OAuthComposition } from '../../../test/support/oauth-composition.js';
import { registrationFixture } from '../../../test/support/registration-fixture.js';
import { createSigningKeys, type SigningKeys } from '../../../test/support/signing-keys.js';
import { type LtiError } from '../../common/lti-error.js';
import { Scope } from '../../common/scopes.js';
import { type OAuthClient } from '../../access-tokens/oauth-client.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { AccessToken } from '../../access-tokens/access-token.js';
import { type MembershipPage } from './member.js';
import { MembershipsService, type MembershipsOptions } from './memberships.service.js';

const service = new MembershipsService();
const clock = new FakeClock();
let keys: SigningKeys;
let composition: OAuthComposition;
let platform: LoopbackServer;

beforeAll(async () => {
  keys = await createSigningKeys();
});

beforeEach(() => {
  composition = composeOAuth(keys, clock);
});

afterEach(async () => {
  // First: a request that hangs would keep the client from closing.
  await platform.stop();
  await composition.stop();
});

/** A client of a platform that answers as the handler does. */
async function clientOf(handle: LoopbackHandler, path = '/members'): Promise<OAuthClient> {
  platform = await LoopbackServer.start(handle);
  return composition.oauth.fromAccessToken(
    new AccessToken({
      value: 'the-token',
      scopes: [Scope.membershipReadonly],
      issuedAt: clock.now(),
      expiresAt: new Date(clock.now().getTime() + 3_600_000),
    }),
    {
      registration: registrationFixture({ tokenUrl: platform.url('/token') }),
      endpoints: { memberships: platform.url(path) },
    },
  );
}

function page(ids: string[], roles = ['Learner']): string {
  return JSON.stringify({ context: { id: 'c1' }, members: ids.map((user_id) => ({ user_id, roles })) });
}

/** Pages in this order, each but the last with a next link to `?page=N`. */
function pages(...bodies: string[]): LoopbackHandler {
  return (response, _, nth) => {
    if (nth < bodies.length) response.setHeader('link', `<?page=${nth + 1}>; rel="next"`);
    response.end(bodies[nth - 1]);
  };
}

async function read(client: OAuthClient, options?: MembershipsOptions): Promise<MembershipPage[]> {
  const found: MembershipPage[] = [];
  for await (const each of service.stream(client, options)) found.push(each);
  return found;
}

it('reads page by page, with the token and exactly the one media type', async () => {
  const client = await clientOf(pages(page(['a', 'b']), page(['c'])));
  const found = await read(client);
  expect(found.map(({ number, members }) => [number, members.map(({ userId }) => userId)])).toEqual([
    [1, ['a', 'b']],
    [2, ['c']],
  ]);
  expect(found[1]?.context).toEqual({ id: 'c1' });
  expect(platform.requests.map(({ url }) => url)).toEqual(['/members', '/members?page=2']);
  for (const { headers } of platform.requests) {
    expect(headers).toMatchObject({
      accept: 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json',
      authorization: 'Bearer the-token',
    });
  }
});

it('requests a page only after the one before was used', async () => {
  const client = await clientOf(pages(page(['a']), page(['b']), page(['c'])));
  for await (const { number } of service.stream(client)) {
    expect(platform.requests).toHaveLength(number);
    if (number === 2) break;
  }
  expect(platform.requests).toHaveLength(2);
});

it('adds filters to the query of the end point without rewriting that query', async () => {
  const client = await clientOf(pages(page([])), '/m?Place=a%20b+c&limit=5&x');
  await read(client, {
    role: 'http://purl.imsglobal.org/vocab/lis/v2/membership#Learner',
    resourceLinkId: 'l/1',
  });
  expect(platform.requests[0]?.url).toBe(
    '/m?Place=a%20b+c&limit=5&x&role=http%3A%2F%2Fpurl.imsglobal.org%2Fvocab%2Flis%2Fv2%2Fmembership%23Learner&rlid=l%2F1',
  );
});

it('replaces a limit that the end point has', async () => {
  const client = await clientOf(pages(page([])), '/m?limit=5');
  await read(client, { limit: 500 });
  expect(platform.requests[0]?.url).toBe('/m?limit=500');
});

it('adds no filter to a next link, and filters by role itself when the link has dropped the role', async () => {
  const client = await clientOf((response, _, nth) => {
    if (nth === 1) response.setHeader('link', '</members?from=1>; rel="next"');
    response.end(nth === 1 ? page(['a']) : page(['b'], ['Instructor']));
  });
  const found = await read(client, { role: 'Learner', limit: 1 });
  expect(platform.requests.map(({ url }) => url)).toEqual([
    '/members?role=Learner&limit=1',
    '/members?from=1',
  ]);
  expect(found.map(({ members }) => members.length)).toEqual([1, 0]);
});

it('returns the differences link with the last page, and starts there when asked', async () => {
  const client = await clientOf((response, { url }) => {
    const next = url === '/members' ? '</members?page=2>; rel="next", ' : '';
    response.setHeader('link', `${next}</members?since=${url.length}>; rel="differences"`);
    response.end(page(['a']));
  });
  const found = await read(client);
  expect(found.map(({ differencesUrl }) => differencesUrl)).toEqual([
    undefined,
    platform.url('/members?since=15'),
  ]);
  await read(client, { from: found[1]?.differencesUrl, limit: 3, role: 'Learner' });
  expect(platform.requests[2]?.url).toBe('/members?since=15');
});

it('reads an empty body as the end of the roster', async () => {
  const client = await clientOf(pages(page(['a']), ''));
  expect((await read(client)).map(({ members }) => members.length)).toEqual([1, 0]);
});

it('reads a 204 as an empty roster', async () => {
  const client = await clientOf((response) => response.writeHead(204).end());
  expect(await read(client)).toEqual([{ members: [], number: 1, isLast: true }]);
});

describe.each([1, 2])('on page %i', (number) => {
  const failing =
    (fail: LoopbackHandler): LoopbackHandler =>
    (response, request, nth) => {
      if (nth === number) return fail(response, request, nth);
      response.setHeader('link', `<?page=${nth + 1}>; rel="next"`).end(page(['a']));
    };

  it('reports a refusal', async () => {
    const client = await clientOf(
      failing((response) => response.writeHead(403).end('{"error":"not_enrolled"}')),
    );
    const failure: unknown = await read(client).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'memberships_refused',
      message: expect.stringContaining('403 (not_enrolled)') as string,
    });
    expect((failure as PlatformRefused).details()).toEqual({ platformStatus: 403, page: number });
  });

  it('reports a failure of the platform, and the time of a retry', async () => {
    const client = await clientOf(failing((response) => response.writeHead(500).end()));
    await expect(read(client)).rejects.toMatchObject({
      code: 'memberships_unavailable',
      retryAt: new Date(clock.now().getTime() + 60_000),
    });
  });

  it('reports an HTML page as unreadable', async () => {
    const client = await clientOf(failing((response) => response.end('<html>Log in</html>')));
    await expect(read(client)).rejects.toMatchObject({
      code: 'memberships_unreadable',
      message: expect.stringContaining(`Page ${number} `) as string,
    });
  });

  it('does not follow a link to another host, and keeps the members of its page', async () => {
    const seen: number[] = [];
    const client = await clientOf(
      failing((response) =>
        response.setHeader('link', '<https://elsewhere.example/m>; rel=next').end(page(['a'])),
      ),
    );
    const reading = async (): Promise<void> => {
      for await (const each of service.stream(client)) seen.push(each.number);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'foreign_next_link' });
    expect(seen.at(-1)).toBe(number);
    expect(platform.requests).toHaveLength(number);
  });

  it('reports a link back to an earlier page', async () => {
    const client = await clientOf(
      failing((response) => response.setHeader('link', '</members>; rel="next"').end(page(['a']))),
    );
    await expect(read(client)).rejects.toMatchObject({
      code: 'page_loop',
      message: expect.stringContaining(`After page ${number} `) as string,
    });
  });
});

it('does not start at another host', async () => {
  const client = await clientOf(pages(page([])));
  await expect(read(client, { from: 'https://elsewhere.example/m' })).rejects.toMatchObject({
    code: 'foreign_next_link',
  });
  expect(platform.requests).toHaveLength(0);
});

it('stops reading a roster that never ends', async () => {
  const endless: LoopbackHandler = (response, _, nth) =>
    void response.setHeader('link', `<?page=${nth + 1}>; rel="next"`).end(page([`u${nth}`]));
  const client = await clientOf(endless);
  await expect(read(client, { maxPages: 5 })).rejects.toMatchObject({ code: 'too_many_pages' });
  expect(platform.requests).toHaveLength(5);
});

it('refuses to hold more members in memory than allowed', async () => {
  const client = await clientOf(pages(page(['a', 'b']), page(['c', 'd']), page(['e'])));
  await expect(service.getMembers(client, { max: 3 })).rejects.toMatchObject({ code: 'roster_too_large' });
  expect(platform.requests).toHaveLength(2);
});

it('returns each member once, with the union of the roles, when pages overlap and the next link drops the role', async () => {
  const client = await clientOf((response, _, nth) => {
    if (nth < 3) response.setHeader('link', `</members?from=${nth}>; rel="next"`);
    const members = [
      [{ user_id: 'a', roles: ['Learner'] }],
      [
        { user_id: 'b', roles: ['Instructor'] },
        { user_id: 'a', roles: ['Mentor'] },
      ],
      [
        { user_id: 'a', roles: ['Learner'] },
        { user_id: 'c', roles: ['Learner'] },
      ],
    ][nth - 1];
    response.end(JSON.stringify({ members }));
  });
  const members = await service.getMembers(client, { role: 'Learner', limit: 1 });
  expect(members.map(({ userId, roles }) => [userId, roles.map((role) => role.split('#')[1])])).toEqual([
    ['a', ['Learner', 'Mentor']],
    ['c', ['Learner']],
  ]);
  expect(platform.requests).toHaveLength(3);
});

it('keeps the union of the roles of a member that is on two pages', async () => {
  const client = await clientOf(pages(page(['a']), page(['a'], ['Instructor'])));
  const [member] = await service.getMembers(client);
  expect(member?.roles.map((role) => role.split('#')[1])).toEqual(['Learner', 'Instructor']);
});

describe('next links that never end', () => {
  const growing =
    (add: (url: string, nth: number) => string, body = page(['a', 'b'])): LoopbackHandler =>
    (response, { url }, nth) =>
      void response.setHeader('link', `<${add(url, nth)}>; rel="next"`).end(body);

  it.each<[string, LoopbackHandler, number]>([
    ['that never move', growing(() => '/members?limit=500&page=1'), 2],
    [
      'that add a parameter to the URL that was asked',
      growing((url) => `${url}${url.includes('?') ? '&' : '?'}page=1`),
      3,
    ],
    ['that add to the path', growing((url) => `${url}/page/1`), 3],
    ['that count, and give the same members each time', growing((_, nth) => `/members?page=${nth}`), 3],
    [
      'that count, and give the same members in another order',
      (response, _, nth) =>
        void response
          .setHeader('link', `</members?page=${nth}>; rel="next"`)
          .end(page(nth % 2 === 0 ? ['a', 'b'] : ['b', 'a'])),
      3,
    ],
    ['of empty pages', growing((url) => `${url}${url.includes('?') ? '&' : '?'}page=1`, page([])), 3],
    ['of empty pages that count', growing((_, nth) => `/members?page=${nth}`, page([])), 51],
  ])('treats %s as a page loop after a few pages', async (_how, handle, requests) => {
    const client = await clientOf(handle);
    await expect(read(client)).rejects.toMatchObject({ code: 'page_loop' });
    expect(platform.requests).toHaveLength(requests);
  });
});

it('returns as many members as it may hold', async () => {
  const client = await clientOf(pages(page(['a', 'b']), page(['c'])));
  const members = await service.getMembers(client, { max: 3 });
  expect(members.map(({ userId }) => userId)).toEqual(['a', 'b', 'c']);
});

it.each([
  [10_000, 'holds'],
  [10_001, 'refuses'],
])('finds that a roster of %i members is one that it %s by default', async (count, verdict) => {
  const client = await clientOf(pages(page(Array.from({ length: count }, (_, index) => `u${index}`))));
  const reading = service.getMembers(client).then(
    ({ length }) => ['holds', length],
    (error: unknown) => ['refuses', (error as LtiError).code],
  );
  expect(await reading).toEqual([verdict, verdict === 'holds' ? count : 'roster_too_large']);
});

it('stops with the reason of the signal, also while it waits for a page', async () => {
  const stop = new AbortController();
  const client = await clientOf((response, _, nth) => {
    if (nth === 1) response.setHeader('link', '<?page=2>; rel="next"').end(page(['a']));
    else stop.abort(new Error('enough'));
  });
  await expect(read(client, { signal: stop.signal })).rejects.toThrow('enough');
  await expect(read(client, { signal: stop.signal })).rejects.toThrow('enough');
  expect(platform.requests).toHaveLength(2);
});

it('needs a usable memberships URL', async () => {
  const client = await clientOf(pages(page([])));
  await expect(read(client.withEndpoints({}))).rejects.toMatchObject({ code: 'no_memberships_endpoint' });
  await expect(read(client.withEndpoints({ memberships: 'members' }))).rejects.toMatchObject({
    code: 'unsafe_url',
  });
});

it('rethrows the errors of the HTTP client', async () => {
  const client = await clientOf((response) => response.destroy());
  await expect(read(client)).rejects.toMatchObject({ code: 'platform_unreachable' });
});

describe('a recording of Moodle 4.5.6', () => {
  interface Recording {
    kind: string;
    path: string;
    status: number;
    headers: string[];
    body: string;
  }
  const recordings = JSON.parse(
    readFileSync('test/fixtures/moodle-4.5.6-rosters.json', 'utf8'),
  ) as Recording[];
  const replay =
    ({ status, headers, body }: Recording, ...more: Recording[]): LoopbackHandler =>
    (response, _, nth) => {
      const now = nth === 1 ? { status, headers, body } : more[nth - 2]!;
      for (const header of now.headers) {
        const [name = '', ...value] = header.split(': ');
        response.setHeader(name, value.join(': ').replaceAll('http://127.0.0.1:32080', platform.url('')));
      }
      response.writeHead(now.status).end(now.body);
    };
  const clientOfMoodle = async (...replayed: [Recording, ...Recording[]]) => {
    const client = await clientOf(replay(...replayed));
    Object.assign(client.registration, { platformFamily: 'moodle' });
    return client;
  };
  const of = (kind: string, status = 200): Recording =>
    recordings.find((each) => each.kind === kind && each.status === status)!;

  it('returns its 26 members with their names as launches write them', async () => {
    const members = await service.getMembers(await clientOfMoodle(of('memberships')));
    expect(members).toHaveLength(26);
    expect(members.map(({ name }) => name)).toContain('& 100% %s $x');
    expect(members.every(({ name }) => name?.includes('&amp;') !== true)).toBe(true);
  });

  it('returns each member once when the next link drops the role', async () => {
    const client = await clientOfMoodle(of('memberships-role'), of('memberships-rlid-group'));
    const members = await service.getMembers(client, { role: 'Learner', limit: 5 });
    expect(platform.requests[1]?.url).not.toContain('role');
    expect(new Set(members.map(({ userId }) => userId)).size).toBe(members.length);
    expect(members.every(({ roles }) => roles.some((role) => role.endsWith('#Learner')))).toBe(true);
  });

  it('is not followed when it answers 303 after a move', async () => {
    await expect(read(await clientOfMoodle(of('memberships', 303)))).rejects.toMatchObject({
      code: 'platform_redirect_refused',
    });
  });

  it("reports a deleted course as a refusal, with Moodle's text", async () => {
    await expect(read(await clientOfMoodle(of('memberships', 404)))).rejects.toMatchObject({
      code: 'memberships_refused',
      message: expect.stringContaining(' 404') as string,
    });
  });
});
