import { FakeClock } from '../fake-clock.js';
import { type FamilyName } from '../families/family.js';
import { readPage, readPages } from '../../../test/support/page-reader.js';
import { membershipMediaType, membershipRole } from '../service-constants.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { SimulatedPlatform } from '../simulated-platform.js';

describe('MembershipsEndpoint', () => {
  let clock: FakeClock;
  let tool: SigningTool;
  let lms: SimulatedPlatform;
  let course: SimulatedCourse;
  let token: string;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  beforeEach(() => {
    clock = new FakeClock();
  });
  afterEach(() => lms.stop());

  const nowSeconds = () => clock.now().getTime() / 1000;

  async function start(family: FamilyName, members = 5): Promise<void> {
    lms = await SimulatedPlatform.start({ family, clock });
    lms.addTool({ clientId: tool.clientId, jwks: tool.jwks });
    course = lms.addCourse({ contextId: '6', title: 'Course 5 & Söhne', members });
    token = await tool.token(lms, nowSeconds());
  }

  const get = (url = course.membershipsUrl, headers: Record<string, string> = {}) =>
    readPage(url, token, headers);
  const readAll = (url = course.membershipsUrl) => readPages(url, token);
  const userIds = () => course.members.map(({ userId }) => userId);

  describe('of the generic family', () => {
    it('returns every member once, page by page', async () => {
      await start('generic', 250);
      const { ids, pages } = await readAll();
      expect(ids).toEqual(userIds());
      expect(pages.map((page) => page.ids.length)).toEqual([100, 100, 50]);
      expect(lms.counts).toMatchObject({ membershipRequests: 3, rejected: {} });
    });

    it('accepts a limit of at most 1000', async () => {
      await start('generic', 1001);
      expect((await get(`${course.membershipsUrl}?limit=2`)).ids).toEqual(userIds().slice(0, 2));
      expect((await get(`${course.membershipsUrl}?limit=5000`)).ids).toHaveLength(1000);
    });

    it('describes the course and its members', async () => {
      await start('generic', 1);
      const { text, headers } = await get();
      expect(headers.get('content-type')).toBe(`${membershipMediaType}; charset=utf-8`);
      expect(JSON.parse(text)).toEqual({
        id: course.membershipsUrl,
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
      await start('generic', 120);
      for (const role of ['Learner', encodeURIComponent(`${membershipRole}#Learner`)]) {
        const { ids } = await readAll(`${course.membershipsUrl}?role=${role}&limit=50`);
        expect(ids).toHaveLength(117);
      }
      expect((await get(`${course.membershipsUrl}?role=Instructor`)).ids).toHaveLength(3);
    });

    it('adds the message of a resource link, and refuses the link of another course', async () => {
      await start('generic', 1);
      const { members } = await get(`${course.membershipsUrl}?rlid=link-6`);
      expect(members[0]?.message).toEqual([
        expect.objectContaining({
          'https://purl.imsglobal.org/spec/lti/claim/message_type': 'LtiResourceLinkRequest',
        }),
      ]);
      expect((await get(`${course.membershipsUrl}?rlid=link-7`)).status).toBe(404);
    });

    it('refuses a next link to which a filter was added', async () => {
      await start('generic', 3);
      const { next } = await get(`${course.membershipsUrl}?limit=2`);
      expect((await get(`${String(next)}&role=Learner`)).status).toBe(400);
      expect((await get(String(next).toLowerCase())).status).toBe(400);
      expect(lms.counts.rejected).toEqual({ bad_paging: 2 });
    });

    it.each(['0', '-1', 'many'])('refuses the limit %s', async (limit) => {
      await start('generic');
      expect((await get(`${course.membershipsUrl}?limit=${limit}`)).status).toBe(400);
    });

    it('lists inactive members with their status', async () => {
      await start('generic', 1);
      course.addMember({ userId: 'gone', status: 'Inactive' });
      expect((await get()).members[1]).toMatchObject({ user_id: 'gone', status: 'Inactive' });
    });

    it('reports the fault of a token by the status and in WWW-Authenticate', async () => {
      await start('generic');
      const challenge = async (authorization: string) => {
        const { status, headers } = await get(undefined, { authorization });
        return [status, headers.get('www-authenticate')];
      };
      const forScores = await tool.token(
        lms,
        nowSeconds(),
        'https://purl.imsglobal.org/spec/lti-ags/scope/score',
      );
      expect(await challenge('')).toEqual([401, 'Bearer']);
      expect(await challenge(`Basic ${token}`)).toEqual([401, 'Bearer']);
      expect(await challenge('Bearer garbage')).toEqual([401, 'Bearer error="invalid_token"']);
      expect(await challenge(`Bearer ${forScores}`)).toEqual([403, 'Bearer error="insufficient_scope"']);
      expect(lms.counts.rejected).toEqual({ missing_bearer: 2, unknown_token: 1, insufficient_scope: 1 });
    });

    it('refuses a token from the second on in which it expires', async () => {
      await start('generic');
      clock.advance(3_599_000);
      expect((await get()).status).toBe(200);
      clock.advance(1000);
      expect((await get()).status).toBe(401);
      expect(lms.counts.rejected).toEqual({ expired_token: 1 });
    });

    it('refuses every token issued before expireTokens, and none after', async () => {
      await start('generic');
      lms.expireTokens();
      expect((await get()).status).toBe(401);
      token = await tool.token(lms, nowSeconds());
      expect((await get()).status).toBe(200);
    });

    it('refuses every token in a course from which the tool was withdrawn, and only there', async () => {
      await start('generic');
      const other = lms.addCourse({ members: 1 });
      lms.withdrawTool('6');
      token = await tool.token(lms, nowSeconds());
      expect([(await get()).status, (await get(other.membershipsUrl)).status]).toEqual([401, 200]);
      expect(() => lms.withdrawTool('unknown')).toThrow(
        expect.objectContaining({ code: 'unknown_simulated_course' }),
      );
    });

    it('refuses an Accept that does not name the media type', async () => {
      await start('generic');
      expect((await get(undefined, { accept: 'application/json' })).status).toBe(406);
      expect(
        (await get(undefined, { accept: `application/json;q=0.5, ${membershipMediaType}` })).status,
      ).toBe(200);
    });

    it('accepts only GET, and only for its own courses', async () => {
      await start('generic');
      const authorization = `Bearer ${token}`;
      const post = await fetch(course.membershipsUrl, { method: 'POST', headers: { authorization } });
      expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET']);
      expect((await get(course.membershipsUrl.replace('/6/', '/7/'))).status).toBe(404);
    });

    it('finds a course whose id needs percent-encoding', async () => {
      await start('generic');
      const odd = lms.addCourse({ contextId: 'Größe 1/2?', members: 2 });
      expect((await get(odd.membershipsUrl)).ids).toHaveLength(2);
    });

    it('returns a member as a test has changed or replaced it', async () => {
      await start('generic', 2);
      course.members[1]!.name = 'Renamed';
      expect((await get()).members[1]).toMatchObject({ name: 'Renamed' });
      course.members = [];
      expect((await get()).ids).toEqual([]);
    });

    it('returns a roster of 20,000 members completely', async () => {
      await start('generic', 20_000);
      const { ids, pages } = await readAll(`${course.membershipsUrl}?limit=1000`);
      expect([new Set(ids).size, pages.length]).toEqual([20_000, 20]);
    });
  });
});
