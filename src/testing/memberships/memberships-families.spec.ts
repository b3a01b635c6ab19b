import { membershipMediaType, membershipRole } from '../service-constants.js';
import { RosterScene } from '../../../test/support/roster-scene.js';
import { SigningTool } from '../../../test/support/signing-tool.js';

describe('the families of the MembershipsEndpoint', () => {
  let tool: SigningTool;
  let scene: RosterScene;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  afterEach(() => scene.lms.stop());

  describe('of the moodle family', () => {
    it('returns everything at once without a limit', async () => {
      scene = await RosterScene.start(tool, 'moodle', 300);
      const { ids, next } = await scene.get();
      expect([ids.length, next]).toEqual([300, undefined]);
    });

    it('writes a page byte for byte like the recorded ones', async () => {
      scene = await RosterScene.start(tool, 'moodle', 0);
      const teacher = (userId: string, letter: string) => ({
        userId,
        roles: [`${membershipRole}#Instructor`],
        name: `Teach 5${letter} Ér/`,
        givenName: `Teach 5${letter}`,
        familyName: 'Ér/',
        email: `teacher5${letter}@example.com`,
        username: `teacher5${letter}`,
      });
      scene.course.members = [teacher('311', 'a'), teacher('312', 'b')];
      const { text, headers } = await scene.get(`${scene.course.membershipsUrl}?limit=1`);
      const id = scene.course.membershipsUrl.replaceAll('/', '\\/');
      expect(text).toBe(
        `{"id":"${id}","context":{"id":"6","label":"6","title":"Course 5 & S\\u00f6hne"},"members":[` +
          '{"status":"Active","roles":["Instructor"],"user_id":"311","lis_person_sourcedid":"",' +
          '"name":"Teach 5a \\u00c9r\\/","given_name":"Teach 5a","family_name":"\\u00c9r\\/",' +
          '"email":"teacher5a@example.com","ext_user_username":"teacher5a"}]}',
      );
      expect(headers.get('link')).toBe(`<${scene.course.membershipsUrl}?limit=1&from=1>; rel="next"`);
    });

    it('keeps rlid in the next link and omits role', async () => {
      scene = await RosterScene.start(tool, 'moodle');
      const page = await scene.get(`${scene.course.membershipsUrl}?rlid=link-6&role=Learner&limit=1`);
      expect(page.members[0]).toMatchObject({ roles: ['Learner'], message: [expect.anything()] });
      expect(page.next).toBe(`${scene.course.membershipsUrl}?limit=1&from=1&rlid=link-6`);
    });

    it('omits suspended members', async () => {
      scene = await RosterScene.start(tool, 'moodle', 2);
      scene.course.members[0]!.status = 'Inactive';
      expect((await scene.get()).ids).toEqual(['2']);
    });

    it('returns names as HTML, and no other field', async () => {
      scene = await RosterScene.start(tool, 'moodle', 0);
      const name = { givenName: '& 100% <x>', familyName: `O'Brien "Q"` };
      scene.course.addMember({ ...name, name: '& 100%', email: 'a&b@example.com', sourcedId: 'A&B' });
      expect((await scene.get()).members).toMatchObject([
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
      scene = await RosterScene.start(tool, 'moodle', 6);
      const all = scene.userIds();
      const first = await scene.get(`${scene.course.membershipsUrl}?limit=3`);
      scene.course.removeMember(all[0]!);
      const second = await scene.get(first.next);
      expect([...first.ids, ...second.ids]).toEqual(all.filter((id) => id !== all[3]));
    });

    it('answers 502 to the link of another course', async () => {
      scene = await RosterScene.start(tool, 'moodle');
      const { status, text } = await scene.get(`${scene.course.membershipsUrl}?rlid=1`);
      expect([status, text]).toEqual([502, expect.stringContaining('<title>502 Bad Gateway</title>')]);
    });

    it('requires exactly its media type, and refuses another as it was recorded', async () => {
      scene = await RosterScene.start(tool, 'moodle');
      const response = await fetch(`${scene.course.membershipsUrl}?limit=1`, {
        headers: { authorization: `Bearer ${scene.token}`, accept: 'application/json' },
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
      expect((await scene.get(undefined, { accept: `${membershipMediaType}, */*` })).status).toBe(400);
    });

    it('answers the same 401 to an invalid token, an expired token and a missing scope, without WWW-Authenticate', async () => {
      scene = await RosterScene.start(tool, 'moodle');
      const forScores = await tool.token(
        scene.lms,
        scene.clock.nowMs() / 1000,
        'https://purl.imsglobal.org/spec/lti-ags/scope/score',
      );
      const bad = await scene.get(undefined, { authorization: 'Bearer garbage' });
      const tooSmall = await scene.get(undefined, { authorization: `Bearer ${forScores}` });
      scene.lms.expireTokens();
      const expired = await scene.get();
      expect([bad.status, bad.headers.get('www-authenticate')]).toEqual([401, null]);
      expect(JSON.parse(bad.text)).toMatchObject({ status: 401, reason: 'Unauthorized' });
      expect(new Set([bad.text, tooSmall.text, expired.text]).size).toBe(1);
    });
  });

  describe('of the canvas family', () => {
    it('returns at most 50 members per page, and full URIs for roles', async () => {
      scene = await RosterScene.start(tool, 'canvas', 120);
      const { ids, pages } = await scene.readAll(`${scene.course.membershipsUrl}?limit=500`);
      expect(ids).toEqual(scene.userIds());
      expect(pages.map((page) => page.ids.length)).toEqual([50, 50, 20]);
      expect(pages[0]?.members[1]?.roles).toEqual([`${membershipRole}#Learner`]);
    });

    it('omits limit from its next links, which have a page number and per_page', async () => {
      scene = await RosterScene.start(tool, 'canvas', 10);
      const { next } = await scene.get(`${scene.course.membershipsUrl}?limit=4&role=Learner`);
      expect(next).toBe(`${scene.course.membershipsUrl}?page=2&per_page=4&role=Learner`);
      expect((await scene.get(next)).ids).toEqual(scene.userIds().slice(5, 9));
      expect((await scene.get(`${scene.course.membershipsUrl}?limit=nonsense`)).ids).toHaveLength(10);
    });

    it('omits members who are not active', async () => {
      scene = await RosterScene.start(tool, 'canvas', 3);
      scene.course.members[0]!.status = 'Inactive';
      scene.course.members[1]!.status = 'Deleted';
      expect((await scene.get()).ids).toEqual(['user-00003']);
    });

    it('returns the id that LTI 1.1 launches had', async () => {
      scene = await RosterScene.start(tool, 'canvas', 1);
      expect((await scene.get()).members[0]).toMatchObject({ lti11_legacy_user_id: 'lti11-user-00001' });
    });

    it('answers 401 to a missing scope too', async () => {
      scene = await RosterScene.start(tool, 'canvas');
      scene.token = await tool.token(
        scene.lms,
        scene.clock.nowMs() / 1000,
        'https://purl.imsglobal.org/spec/lti-ags/scope/score',
      );
      expect((await scene.get()).status).toBe(401);
    });
  });

  describe('of the sakai family', () => {
    it('answers application/json, with an empty body for an empty page', async () => {
      scene = await RosterScene.start(tool, 'sakai', 2);
      const full = await scene.get();
      scene.course.members = [];
      const empty = await scene.get();
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
      scene = await RosterScene.start(tool, 'sakai');
      expect((await scene.get(undefined, { authorization: 'Bearer garbage' })).status).toBe(403);
      scene.token = await tool.token(
        scene.lms,
        scene.clock.nowMs() / 1000,
        'https://purl.imsglobal.org/spec/lti-ags/scope/score',
      );
      expect((await scene.get()).status).toBe(400);
    });

    it('pages by start, and returns sections in its own extension', async () => {
      scene = await RosterScene.start(tool, 'sakai', 3);
      const page = await scene.get(`${scene.course.membershipsUrl}?limit=2`);
      expect(page.next).toBe(`${scene.course.membershipsUrl}?limit=2&start=2`);
      expect(page.members[0]).toMatchObject({
        sakai_ext: { sakai_groups: [{ id: 'section-1', title: 'Section 1' }] },
      });
      expect((await scene.get(page.next)).ids).toEqual(['user-00003']);
    });
  });

  describe('of the openedx family', () => {
    it('returns members without a status, all at once', async () => {
      scene = await RosterScene.start(tool, 'openedx', 1000);
      const { ids, members, next } = await scene.get(`${scene.course.membershipsUrl}?limit=10`);
      expect([ids.length, next]).toEqual([1000, undefined]);
      expect(Object.keys(members[0] ?? {})).toEqual(['roles', 'user_id', 'name', 'email']);
    });

    it('refuses a roster that is too large', async () => {
      scene = await RosterScene.start(tool, 'openedx', 1001);
      const { status, text } = await scene.get();
      expect([status, JSON.parse(text).error]).toEqual([403, 'above_response_limit']);
    });
  });

  it('pages by from in the brightspace family and keeps the role', async () => {
    scene = await RosterScene.start(tool, 'brightspace', 3);
    const page = await scene.get(`${scene.course.membershipsUrl}?limit=1&role=Learner`);
    expect([page.ids, page.next]).toEqual([
      ['user-00002'],
      `${scene.course.membershipsUrl}?limit=1&from=1&role=Learner`,
    ]);
  });
});
