import { FakeClock } from '../fake-clock.js';
import { type FamilyName } from '../families/family.js';
import { readPage, readPages } from '../../../test/support/page-reader.js';
import { membershipMediaType, membershipRole } from '../service-constants.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { SimulatedPlatform } from '../simulated-platform.js';

describe('the families of the MembershipsEndpoint', () => {
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

  describe('of the moodle family', () => {
    it('returns everything at once without a limit', async () => {
      await start('moodle', 300);
      const { ids, next } = await get();
      expect([ids.length, next]).toEqual([300, undefined]);
    });

    it('writes a page byte for byte like the recorded ones', async () => {
      await start('moodle', 0);
      const teacher = (userId: string, letter: string) => ({
        userId,
        roles: [`${membershipRole}#Instructor`],
        name: `Teach 5${letter} Ér/`,
        givenName: `Teach 5${letter}`,
        familyName: 'Ér/',
        email: `teacher5${letter}@example.com`,
        username: `teacher5${letter}`,
      });
      course.members = [teacher('311', 'a'), teacher('312', 'b')];
      const { text, headers } = await get(`${course.membershipsUrl}?limit=1`);
      const id = course.membershipsUrl.replaceAll('/', '\\/');
      expect(text).toBe(
        `{"id":"${id}","context":{"id":"6","label":"6","title":"Course 5 & S\\u00f6hne"},"members":[` +
          '{"status":"Active","roles":["Instructor"],"user_id":"311","lis_person_sourcedid":"",' +
          '"name":"Teach 5a \\u00c9r\\/","given_name":"Teach 5a","family_name":"\\u00c9r\\/",' +
          '"email":"teacher5a@example.com","ext_user_username":"teacher5a"}]}',
      );
      expect(headers.get('link')).toBe(`<${course.membershipsUrl}?limit=1&from=1>; rel="next"`);
    });

    it('keeps rlid in the next link and omits role', async () => {
      await start('moodle');
      const page = await get(`${course.membershipsUrl}?rlid=link-6&role=Learner&limit=1`);
      expect(page.members[0]).toMatchObject({ roles: ['Learner'], message: [expect.anything()] });
      expect(page.next).toBe(`${course.membershipsUrl}?limit=1&from=1&rlid=link-6`);
    });

    it('omits suspended members', async () => {
      await start('moodle', 2);
      course.members[0]!.status = 'Inactive';
      expect((await get()).ids).toEqual(['2']);
    });

    it('returns names as HTML, and no other field', async () => {
      await start('moodle', 0);
      const name = { givenName: '& 100% <x>', familyName: `O'Brien "Q"` };
      course.addMember({ ...name, name: '& 100%', email: 'a&b@example.com', sourcedId: 'A&B' });
      expect((await get()).members).toMatchObject([
        {
          name: '&amp; 100%',
          given_name: '&amp; 100% &lt;x&gt;',
          family_name: `O'Brien "Q"`,
          email: 'a&b@example.com',
          lis_person_sourcedid: 'A&B',
        },
      ]);
    });

    it('omits an enrolled member at a page boundary when another one leaves, since it pages by offset over the live list', async () => {
      await start('moodle', 6);
      const all = userIds();
      const first = await get(`${course.membershipsUrl}?limit=3`);
      course.removeMember(all[0]!);
      const second = await get(first.next);
      expect([...first.ids, ...second.ids]).toEqual(all.filter((id) => id !== all[3]));
    });

    it('answers 502 to the link of another course', async () => {
      await start('moodle');
      const { status, text } = await get(`${course.membershipsUrl}?rlid=1`);
      expect([status, text]).toEqual([502, expect.stringContaining('<title>502 Bad Gateway</title>')]);
    });

    it('requires exactly its media type, and refuses another as it was recorded', async () => {
      await start('moodle');
      const response = await fetch(`${course.membershipsUrl}?limit=1`, {
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      });
      const path = '/CourseSection/6/bindings/1/memberships';
      expect([response.status, response.statusText]).toEqual([
        400,
        `No handler found for ${path} application/json`,
      ]);
      expect(await response.text()).toBe(
        `{\n    "status": 400,\n    "reason": "No handler found for ${path} application/json ",\n` +
          `    "request": {\n        "method": "GET",\n        "url": "/mod/lti/services.php${path}?limit=1",\n` +
          '        "accept": "application/json",\n        "contentType": ""\n    }\n}',
      );
      expect((await get(undefined, { accept: `${membershipMediaType}, */*` })).status).toBe(400);
    });

    it('answers the same 401 to an invalid token, an expired token and a missing scope, without WWW-Authenticate', async () => {
      await start('moodle');
      const forScores = await tool.token(
        lms,
        nowSeconds(),
        'https://purl.imsglobal.org/spec/lti-ags/scope/score',
      );
      const bad = await get(undefined, { authorization: 'Bearer garbage' });
      const tooSmall = await get(undefined, { authorization: `Bearer ${forScores}` });
      lms.expireTokens();
      const expired = await get();
      expect([bad.status, bad.headers.get('www-authenticate')]).toEqual([401, null]);
      expect(JSON.parse(bad.text)).toMatchObject({ status: 401, reason: 'Unauthorized' });
      expect(new Set([bad.text, tooSmall.text, expired.text]).size).toBe(1);
    });
  });

  describe('of the canvas family', () => {
    it('returns at most 50 members per page, and full URIs for roles', async () => {
      await start('canvas', 120);
      const { ids, pages } = await readAll(`${course.membershipsUrl}?limit=500`);
      expect(ids).toEqual(userIds());
      expect(pages.map((page) => page.ids.length)).toEqual([50, 50, 20]);
      expect(pages[0]?.members[1]?.roles).toEqual([`${membershipRole}#Learner`]);
    });

    it('omits limit from its next links, which have a page number and per_page', async () => {
      await start('canvas', 10);
      const { next } = await get(`${course.membershipsUrl}?limit=4&role=Learner`);
      expect(next).toBe(`${course.membershipsUrl}?page=2&per_page=4&role=Learner`);
      expect((await get(next)).ids).toEqual(userIds().slice(5, 9));
      expect((await get(`${course.membershipsUrl}?limit=nonsense`)).ids).toHaveLength(10);
    });

    it('omits members who are not active', async () => {
      await start('canvas', 3);
      course.members[0]!.status = 'Inactive';
      course.members[1]!.status = 'Deleted';
      expect((await get()).ids).toEqual(['user-00003']);
    });

    it('returns the id that LTI 1.1 launches had', async () => {
      await start('canvas', 1);
      expect((await get()).members[0]).toMatchObject({ lti11_legacy_user_id: 'lti11-user-00001' });
    });

    it('answers 401 to a missing scope too', async () => {
      await start('canvas');
      token = await tool.token(lms, nowSeconds(), 'https://purl.imsglobal.org/spec/lti-ags/scope/score');
      expect((await get()).status).toBe(401);
    });
  });

  describe('of the sakai family', () => {
    it('answers application/json, with an empty body for an empty page', async () => {
      await start('sakai', 2);
      const full = await get();
      course.members = [];
      const empty = await get();
      expect([full.ids.length, full.headers.get('content-type')]).toEqual([
        2,
        'application/json; charset=utf-8',
      ]);
      expect([empty.status, empty.headers.get('content-type'), empty.text]).toEqual([
        200,
        'application/json; charset=utf-8',
        '',
      ]);
    });

    it('answers 403 to an invalid token and 400 to a missing scope', async () => {
      await start('sakai');
      expect((await get(undefined, { authorization: 'Bearer garbage' })).status).toBe(403);
      token = await tool.token(lms, nowSeconds(), 'https://purl.imsglobal.org/spec/lti-ags/scope/score');
      expect((await get()).status).toBe(400);
    });

    it('pages by start, and returns sections in its own extension', async () => {
      await start('sakai', 3);
      const page = await get(`${course.membershipsUrl}?limit=2`);
      expect(page.next).toBe(`${course.membershipsUrl}?limit=2&start=2`);
      expect(page.members[0]).toMatchObject({
        sakai_ext: { sakai_groups: [{ id: 'section-1', title: 'Section 1' }] },
      });
      expect((await get(page.next)).ids).toEqual(['user-00003']);
    });
  });

  describe('of the openedx family', () => {
    it('returns members without a status, all at once', async () => {
      await start('openedx', 1000);
      const { ids, members, next } = await get(`${course.membershipsUrl}?limit=10`);
      expect([ids.length, next]).toEqual([1000, undefined]);
      expect(Object.keys(members[0] ?? {})).toEqual(['roles', 'user_id', 'name', 'email']);
    });

    it('refuses a roster that is too large', async () => {
      await start('openedx', 1001);
      const { status, text } = await get();
      expect([status, JSON.parse(text).error]).toEqual([403, 'above_response_limit']);
    });
  });

  it('pages by from in the brightspace family and keeps the role', async () => {
    await start('brightspace', 3);
    const page = await get(`${course.membershipsUrl}?limit=1&role=Learner`);
    expect([page.ids, page.next]).toEqual([
      ['user-00002'],
      `${course.membershipsUrl}?limit=1&from=1&role=Learner`,
    ]);
  });
});
