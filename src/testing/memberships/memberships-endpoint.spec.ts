import { membershipMediaType, membershipRole } from '../service-constants.js';
import { RosterScene } from '../../../test/support/roster-scene.js';
import { SigningTool } from '../../../test/support/signing-tool.js';

describe('MembershipsEndpoint', () => {
  let tool: SigningTool;
  let scene: RosterScene;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  afterEach(() => scene.lms.stop());

  describe('of the generic family', () => {
    it('returns every member once, page by page', async () => {
      scene = await RosterScene.start(tool, 'generic', 250);
      const { ids, pages } = await scene.readAll();
      expect(ids).toEqual(scene.userIds());
      expect(pages.map((page) => page.ids.length)).toEqual([100, 100, 50]);
      expect(scene.lms.counts).toMatchObject({ membershipRequests: 3, rejected: {} });
    });

    it('accepts a limit of at most 1000', async () => {
      scene = await RosterScene.start(tool, 'generic', 1001);
      expect((await scene.get(`${scene.course.membershipsUrl}?limit=2`)).ids).toEqual(
        scene.userIds().slice(0, 2),
      );
      expect((await scene.get(`${scene.course.membershipsUrl}?limit=5000`)).ids).toHaveLength(1000);
    });

    it('describes the course and its members', async () => {
      scene = await RosterScene.start(tool, 'generic', 1);
      const { text, headers } = await scene.get();
      expect(headers.get('content-type')).toBe(`${membershipMediaType}; charset=utf-8`);
      expect(JSON.parse(text)).toEqual({
        id: scene.course.membershipsUrl,
        context: { id: '6', label: '6', title: 'Course 5 & Söhne' },
        members: [
          {
            status: 'Active',
            user_id: 'user-00001',
            lis_person_sourcedid: 'SIS00001',
            name: 'Ana García',
            given_name: 'Ana',
            family_name: 'García',
            email: 'user.00001@example.edu',
            picture: 'https://lms.example.edu/pictures/00001.png',
            roles: [`${membershipRole}#Instructor`],
            sections: [{ id: 'section-1', title: 'Section 1' }],
          },
        ],
      });
    });

    it('filters by role on every page, by short name and by URI', async () => {
      scene = await RosterScene.start(tool, 'generic', 120);
      for (const role of ['Learner', encodeURIComponent(`${membershipRole}#Learner`)]) {
        const { ids } = await scene.readAll(`${scene.course.membershipsUrl}?role=${role}&limit=50`);
        expect(ids).toHaveLength(117);
      }
      expect((await scene.get(`${scene.course.membershipsUrl}?role=Instructor`)).ids).toHaveLength(3);
    });

    it('adds the message of a resource link, and refuses the link of another course', async () => {
      scene = await RosterScene.start(tool, 'generic', 1);
      const { members } = await scene.get(`${scene.course.membershipsUrl}?rlid=link-6`);
      expect(members[0]?.message).toEqual([
        expect.objectContaining({
          'https://purl.imsglobal.org/spec/lti/claim/message_type': 'LtiResourceLinkRequest',
        }),
      ]);
      expect((await scene.get(`${scene.course.membershipsUrl}?rlid=link-7`)).status).toBe(404);
    });

    it('refuses a next link to which a filter was added', async () => {
      scene = await RosterScene.start(tool, 'generic', 3);
      const { next } = await scene.get(`${scene.course.membershipsUrl}?limit=2`);
      expect((await scene.get(`${String(next)}&role=Learner`)).status).toBe(400);
      expect((await scene.get(String(next).toLowerCase())).status).toBe(400);
      expect(scene.lms.counts.rejected).toEqual({ bad_paging: 2 });
    });

    it.each(['0', '-1', 'many'])('refuses the limit %s', async (limit) => {
      scene = await RosterScene.start(tool, 'generic');
      expect((await scene.get(`${scene.course.membershipsUrl}?limit=${limit}`)).status).toBe(400);
    });

    it('lists inactive members with their status', async () => {
      scene = await RosterScene.start(tool, 'generic', 1);
      scene.course.addMember({ userId: 'gone', status: 'Inactive' });
      expect((await scene.get()).members[1]).toMatchObject({ user_id: 'gone', status: 'Inactive' });
    });

    it('reports the fault of a token by the status and in WWW-Authenticate', async () => {
      scene = await RosterScene.start(tool, 'generic');
      const challenge = async (authorization: string) => {
        const { status, headers } = await scene.get(undefined, { authorization });
        return [status, headers.get('www-authenticate')];
      };
      const forScores = await tool.token(
        scene.lms,
        scene.clock.nowMs() / 1000,
        'https://purl.imsglobal.org/spec/lti-ags/scope/score',
      );
      expect(await challenge('')).toEqual([401, 'Bearer']);
      expect(await challenge(`Basic ${scene.token}`)).toEqual([401, 'Bearer']);
      expect(await challenge('Bearer garbage')).toEqual([401, 'Bearer error="invalid_token"']);
      expect(await challenge(`Bearer ${forScores}`)).toEqual([403, 'Bearer error="insufficient_scope"']);
      expect(scene.lms.counts.rejected).toEqual({
        missing_bearer: 2,
        unknown_token: 1,
        insufficient_scope: 1,
      });
    });

    it('refuses a token from the second on in which it expires', async () => {
      scene = await RosterScene.start(tool, 'generic');
      scene.clock.advance(3_599_000);
      expect((await scene.get()).status).toBe(200);
      scene.clock.advance(1000);
      expect((await scene.get()).status).toBe(401);
      expect(scene.lms.counts.rejected).toEqual({ expired_token: 1 });
    });

    it('refuses every token issued before expireTokens, and none after', async () => {
      scene = await RosterScene.start(tool, 'generic');
      scene.lms.expireTokens();
      expect((await scene.get()).status).toBe(401);
      scene.token = await tool.token(scene.lms, scene.clock.nowMs() / 1000);
      expect((await scene.get()).status).toBe(200);
    });

    it('refuses every token in a course from which the tool was withdrawn, and only there', async () => {
      scene = await RosterScene.start(tool, 'generic');
      const other = scene.lms.addCourse({ members: 1 });
      scene.lms.withdrawTool('6');
      scene.token = await tool.token(scene.lms, scene.clock.nowMs() / 1000);
      expect([(await scene.get()).status, (await scene.get(other.membershipsUrl)).status]).toEqual([
        401, 200,
      ]);
      expect(() => scene.lms.withdrawTool('unknown')).toThrow(
        expect.objectContaining({ code: 'unknown_simulated_course' }),
      );
    });

    it('refuses an Accept that does not name the media type', async () => {
      scene = await RosterScene.start(tool, 'generic');
      expect((await scene.get(undefined, { accept: 'application/json' })).status).toBe(406);
      expect(
        (await scene.get(undefined, { accept: `application/json;q=0.5, ${membershipMediaType}` })).status,
      ).toBe(200);
    });

    it('accepts only GET, and only for its own courses', async () => {
      scene = await RosterScene.start(tool, 'generic');
      const authorization = `Bearer ${scene.token}`;
      const post = await fetch(scene.course.membershipsUrl, { method: 'POST', headers: { authorization } });
      expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET']);
      expect((await scene.get(scene.course.membershipsUrl.replace('/6/', '/7/'))).status).toBe(404);
    });

    it('finds a course whose id needs percent-encoding', async () => {
      scene = await RosterScene.start(tool, 'generic');
      const odd = scene.lms.addCourse({ contextId: 'Größe 1/2?', members: 2 });
      expect((await scene.get(odd.membershipsUrl)).ids).toHaveLength(2);
    });

    it('returns a member as a test has changed or replaced it', async () => {
      scene = await RosterScene.start(tool, 'generic', 2);
      scene.course.members[1]!.name = 'Renamed';
      expect((await scene.get()).members[1]).toMatchObject({ name: 'Renamed' });
      scene.course.members = [];
      expect((await scene.get()).ids).toEqual([]);
    });

    it('returns a roster of 20,000 members completely', async () => {
      scene = await RosterScene.start(tool, 'generic', 20_000);
      const { ids, pages } = await scene.readAll(`${scene.course.membershipsUrl}?limit=1000`);
      expect([new Set(ids).size, pages.length]).toEqual([20_000, 20]);
    });
  });
});
