import { FakeClock } from '../fake-clock.js';
import { membershipMediaType, nrpsScope } from '../service-constants.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { SimulatedPlatform } from '../simulated-platform.js';

describe('faults in what an answer says', () => {
  const clock = new FakeClock();
  let tool: SigningTool;
  let lms: SimulatedPlatform;
  let course: SimulatedCourse;
  let token: string;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  beforeEach(async () => {
    lms = await SimulatedPlatform.start({ family: 'generic', clock });
    lms.addTool({ clientId: tool.clientId, jwks: tool.jwks });
    course = lms.addCourse({ members: 10 });
    token = await tool.token(lms, nowSeconds());
  });
  afterEach(() => lms.stop());

  const nowSeconds = () => clock.now().getTime() / 1000;

  function read(url = course.membershipsUrl, signal?: AbortSignal): Promise<Response> {
    const headers = { authorization: `Bearer ${token}`, accept: membershipMediaType };
    return fetch(url, { headers, redirect: 'manual', ...(signal === undefined ? {} : { signal }) });
  }

  async function askToken(): Promise<Record<string, unknown>> {
    const response = await tool.post(lms, await tool.assertion(lms, nowSeconds()));
    return (await response.json()) as Record<string, unknown>;
  }

  async function ids(response: Response | Promise<Response>): Promise<string[]> {
    const { members } = (await (await response).json()) as { members: { user_id: string }[] };
    return members.map((member) => member.user_id);
  }

  const nextOf = (response: Response) =>
    /<([^>]*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  const userIds = () => course.members.map(({ userId }) => userId);

  describe('of the token endpoint', () => {
    it.each([['3600'], [0], [-1], ['soon'], [null]])(
      'reports that the token expires in %j',
      async (value) => {
        lms.faults.add({ kind: 'expires-in', value });
        expect(await askToken()).toMatchObject({ expires_in: value });
        expect(lms.issuedTokens[1]?.expiresAt.getTime()).toBe(clock.now().getTime() + 3_600_000);
      },
    );

    it('omits expires_in', async () => {
      lms.faults.add({ kind: 'expires-in' });
      expect(await askToken()).not.toHaveProperty('expires_in');
    });

    it('gives a token a shorter life and reports it', async () => {
      lms.faults.add({ kind: 'token-life', seconds: 2 });
      expect(await askToken()).toMatchObject({ expires_in: 2 });
      token = String(lms.issuedTokens[1]?.accessToken);
      clock.advance(2000);
      expect((await read()).status).toBe(401);
    });

    it('withholds scopes, by default that of memberships', async () => {
      lms.faults.add({ kind: 'smaller-scope' });
      const answer = await askToken();
      expect(String(answer.scope).split(' ')).toHaveLength(4);
      expect(answer.scope).not.toContain(nrpsScope);
      token = String(answer.access_token);
      expect((await read()).status).toBe(403);
    });

    it('returns a token that is null', async () => {
      lms.faults.add({ kind: 'null-token' });
      expect(await askToken()).toMatchObject({ access_token: null, token_type: 'Bearer' });
    });
  });

  describe('of memberships', () => {
    const limited = () => `${course.membershipsUrl}?limit=4`;

    it('returns a roster without members, once', async () => {
      lms.faults.add({ kind: 'empty-roster' });
      expect([await ids(read()), (await ids(read())).length]).toEqual([[], 10]);
    });

    it('returns a roster without some of its members', async () => {
      lms.faults.add({ kind: 'partial-roster' });
      lms.faults.add({ kind: 'partial-roster', missing: 0.3, after: 1 });
      expect([(await ids(read())).length, (await ids(read())).length]).toEqual([5, 7]);
    });

    it('loses a member between two pages when the first one is removed', async () => {
      const before = userIds();
      lms.faults.add({ kind: 'shift' });
      const first = await read(limited());
      const second = await read(nextOf(first));
      expect([...(await ids(first)), ...(await ids(second))]).toEqual([
        ...before.slice(0, 4),
        ...before.slice(5, 9),
      ]);
    });

    it('repeats a member on the next page when one is put before', async () => {
      const before = userIds();
      lms.faults.add({ kind: 'shift', change: 'insert' });
      const first = await read(limited());
      const second = await read(nextOf(first));
      expect([...(await ids(first)), ...(await ids(second))]).toEqual([
        ...before.slice(0, 4),
        ...before.slice(3, 7),
      ]);
    });

    it('returns next links without end, each with another address', async () => {
      lms.faults.add({ kind: 'endless' });
      const seen = new Set<string>();
      let next: string | undefined = limited();
      for (let page = 0; page < 20; page += 1) {
        const response = await read(next);
        expect(await ids(response)).not.toEqual([]);
        next = nextOf(response);
        seen.add(String(next));
      }
      expect(seen.size).toBe(20);
    });

    it('returns a next link to the page itself', async () => {
      lms.faults.add({ kind: 'loop' });
      expect(nextOf(await read(limited()))).toBe(limited());
    });

    it('returns a next link to another origin, even on the last page', async () => {
      lms.faults.add({ kind: 'foreign-next' });
      lms.faults.add({ kind: 'foreign-next', origin: 'http://127.0.0.1:1', after: 1 });
      expect(nextOf(await read(limited()))).toMatch(/^https:\/\/elsewhere\.example\/lti\/courses\/.*cursor=/);
      expect(nextOf(await read())).toMatch(/^http:\/\/127\.0\.0\.1:1\/lti\/courses\//);
    });

    it('writes links without quotes', async () => {
      lms.faults.add({ kind: 'link-style', rel: 'unquoted' });
      expect((await read(limited())).headers.get('link')).toMatch(/>; rel=next$/);
    });

    it('writes links with curly quotes and escaped ampersands, as Moodle does elsewhere', async () => {
      await lms.stop();
      lms = await SimulatedPlatform.start({ family: 'moodle', clock });
      lms.addTool({ clientId: tool.clientId, jwks: tool.jwks });
      course = lms.addCourse({ members: 10 });
      token = await tool.token(lms, nowSeconds());
      lms.faults.add({ kind: 'link-style', rel: 'curly', ampersand: 'escaped' });
      const link = (await read(limited())).headers.get('link') ?? '';
      expect(Buffer.from(link, 'latin1').toString('utf8')).toBe(
        `<${course.membershipsUrl}?limit=4&amp;from=4>; rel=\u201cnext\u201d`,
      );
    });
  });
});
