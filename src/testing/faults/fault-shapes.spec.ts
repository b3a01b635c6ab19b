import { nrpsScope } from '../service-constants.js';
import { FaultScene } from '../../../test/support/fault-scene.js';
import { SigningTool } from '../../../test/support/signing-tool.js';

describe('faults in what an answer says', () => {
  let tool: SigningTool;
  let scene: FaultScene;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  beforeEach(async () => {
    scene = await FaultScene.start(tool);
  });
  afterEach(() => scene.lms.stop());

  const nextOf = (response: Response) =>
    /<([^>]*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  const userIds = () => scene.course.members.map(({ userId }) => userId);

  describe('of the token endpoint', () => {
    it.each([['3600'], [0], [-1], ['soon'], [null]])(
      'reports that the token expires in %j',
      async (value) => {
        scene.lms.faults.add({ kind: 'expires-in', value });
        expect(await scene.askToken()).toMatchObject({ expires_in: value });
        expect(scene.lms.issuedTokens[1]?.expiresAt.getTime()).toBe(scene.clock.now().getTime() + 3_600_000);
      },
    );

    it('omits expires_in', async () => {
      scene.lms.faults.add({ kind: 'expires-in' });
      expect(await scene.askToken()).not.toHaveProperty('expires_in');
    });

    it('gives a token a shorter life and reports it', async () => {
      scene.lms.faults.add({ kind: 'token-life', seconds: 2 });
      expect(await scene.askToken()).toMatchObject({ expires_in: 2 });
      scene.token = String(scene.lms.issuedTokens[1]?.accessToken);
      scene.clock.advance(2000);
      expect((await scene.read()).status).toBe(401);
    });

    it('withholds scopes, by default that of memberships', async () => {
      scene.lms.faults.add({ kind: 'smaller-scope' });
      const answer = await scene.askToken();
      expect(String(answer.scope).split(' ')).toHaveLength(4);
      expect(answer.scope).not.toContain(nrpsScope);
      scene.token = String(answer.access_token);
      expect((await scene.read()).status).toBe(403);
    });

    it('returns a token that is null', async () => {
      scene.lms.faults.add({ kind: 'null-token' });
      expect(await scene.askToken()).toMatchObject({ access_token: null, token_type: 'Bearer' });
    });
  });

  describe('of memberships', () => {
    const limited = () => `${scene.course.membershipsUrl}?limit=4`;

    it('returns a roster without members, once', async () => {
      scene.lms.faults.add({ kind: 'empty-roster' });
      expect([await scene.ids(scene.read()), (await scene.ids(scene.read())).length]).toEqual([[], 10]);
    });

    it('returns a roster without some of its members', async () => {
      scene.lms.faults.add({ kind: 'partial-roster' });
      scene.lms.faults.add({ kind: 'partial-roster', missing: 0.3, after: 1 });
      expect([(await scene.ids(scene.read())).length, (await scene.ids(scene.read())).length]).toEqual([
        5, 7,
      ]);
    });

    it('loses a member between two pages when the first one is removed', async () => {
      const before = userIds();
      scene.lms.faults.add({ kind: 'shift' });
      const first = await scene.read(limited());
      const second = await scene.read(nextOf(first));
      expect([...(await scene.ids(first)), ...(await scene.ids(second))]).toEqual([
        ...before.slice(0, 4),
        ...before.slice(5, 9),
      ]);
    });

    it('repeats a member on the next page when one is put before', async () => {
      const before = userIds();
      scene.lms.faults.add({ kind: 'shift', change: 'insert' });
      const first = await scene.read(limited());
      const second = await scene.read(nextOf(first));
      expect([...(await scene.ids(first)), ...(await scene.ids(second))]).toEqual([
        ...before.slice(0, 4),
        ...before.slice(3, 7),
      ]);
    });

    it('returns next links without end, each with another address', async () => {
      scene.lms.faults.add({ kind: 'endless' });
      const seen = new Set<string>();
      let next: string | undefined = limited();
      for (let page = 0; page < 20; page += 1) {
        const response = await scene.read(next);
        expect(await scene.ids(response)).not.toEqual([]);
        next = nextOf(response);
        seen.add(String(next));
      }
      expect(seen.size).toBe(20);
    });

    it('returns a next link to the page itself', async () => {
      scene.lms.faults.add({ kind: 'loop' });
      expect(nextOf(await scene.read(limited()))).toBe(limited());
    });

    it('returns a next link to another origin, even on the last page', async () => {
      scene.lms.faults.add({ kind: 'foreign-next' });
      scene.lms.faults.add({ kind: 'foreign-next', origin: 'http://127.0.0.1:1', after: 1 });
      expect(nextOf(await scene.read(limited()))).toMatch(
        /^https:\/\/elsewhere\.example\/lti\/courses\/.*cursor=/,
      );
      expect(nextOf(await scene.read())).toMatch(/^http:\/\/127\.0\.0\.1:1\/lti\/courses\//);
    });

    it('writes links without quotes', async () => {
      scene.lms.faults.add({ kind: 'link-style', rel: 'unquoted' });
      expect((await scene.read(limited())).headers.get('link')).toMatch(/>; rel=next$/);
    });

    it('writes links with curly quotes and escaped ampersands, as Moodle does elsewhere', async () => {
      await scene.lms.stop();
      scene = await FaultScene.start(tool, 'moodle');
      scene.lms.faults.add({ kind: 'link-style', rel: 'curly', ampersand: 'escaped' });
      const link = (await scene.read(limited())).headers.get('link') ?? '';
      expect(Buffer.from(link, 'latin1').toString('utf8')).toBe(
        `<${scene.course.membershipsUrl}?limit=4&amp;from=4>; rel=\u201cnext\u201d`,
      );
    });
  });
});
