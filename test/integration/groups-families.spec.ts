import { defaultScopes, Scope } from '../../src/common/scopes.js';
import { GroupService } from '../../src/lti-services/groups/group.service.js';
import { MembershipsService } from '../../src/lti-services/memberships/memberships.service.js';
import { familyNames, type SimulatedCourseInput } from '../../src/testing/index.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';
import { TokenScene } from '../support/token-scene.js';

const FAMILIES_WITH_GROUPS = ['generic', 'blackboard', 'sakai'] as const;
const scopes = [...defaultScopes, Scope.contextGroupReadonly];

describe('GroupService', () => {
  const service = new GroupService();
  let keys: SigningKeys;
  let scene: TokenScene;
  beforeAll(async () => {
    keys = await createSigningKeys();
  });
  beforeEach(async () => {
    scene = await TokenScene.compose(keys);
  });
  afterEach(() => scene.stop());

  const at = async (family: (typeof familyNames)[number], input: SimulatedCourseInput, granted = scopes) => {
    const campus = await scene.campus({ family, grants: granted });
    campus.registration.scopes = scopes;
    const course = campus.lms.addCourse(input);
    const endpoints = {
      memberships: course.membershipsUrl,
      groups: course.groupsUrl,
      groupSets: course.groupSetsUrl,
    };
    return { campus, course, authenticate: () => campus.authenticate(endpoints) };
  };

  it.each(FAMILIES_WITH_GROUPS)('reads all pages of the groups, and of the sets, at %s', async (family) => {
    const numbered = Array.from({ length: 250 }, (_, index) => ({ id: `g${index}`, name: `Group ${index}` }));
    const { course, authenticate } = await at(family, {
      groups: [...numbered, { id: 'lab', name: 'Lab', tag: 'lab', setId: 's1' }],
      groupSets: [{ id: 's1', name: 'Labs' }],
    });
    const client = await authenticate();
    const groups = await service.groups(client);
    expect(groups).toHaveLength(251);
    expect(groups.at(-1)).toEqual({ id: 'lab', name: 'Lab', tag: 'lab', setId: 's1' });
    expect(groups[0]).toEqual({ id: 'g0', name: 'Group 0' });
    if (course.groupSetsUrl === undefined) {
      await expect(service.groupSets(client)).rejects.toMatchObject({ code: 'no_groups_endpoint' });
    } else {
      expect(await service.groupSets(client)).toEqual([{ id: 's1', name: 'Labs' }]);
    }
    await expect(service.groups(client, { max: 250 })).rejects.toMatchObject({
      code: 'too_many_groups',
      status: 422,
    });
  });

  it.each(FAMILIES_WITH_GROUPS)(
    'reads the groups of one user, and the roster with the groups of each member, at %s',
    async (family) => {
      const { course, authenticate } = await at(family, { members: 3 });
      const [one, other, third] = course.members.map(({ userId }) => userId) as [string, string, string];
      course.groups = [
        { id: 'a', name: 'A', userIds: [one, other] },
        { id: 'b', name: 'B', userIds: [other] },
      ];
      const client = await authenticate();
      expect((await service.groups(client, { userId: one })).map(({ id }) => id)).toEqual(['a']);
      const memberships = new MembershipsService();
      const groupsOf = async (withGroups: boolean) =>
        new Map(
          (await memberships.getMembers(client, { withGroups })).map(({ userId, groupIds }) => [
            userId,
            groupIds,
          ]),
        );
      expect(await groupsOf(true)).toEqual(
        new Map([
          [one, ['a']],
          [other, ['a', 'b']],
          [third, []],
        ]),
      );
      expect([...(await groupsOf(false)).values()]).toEqual([undefined, undefined, undefined]);
    },
  );

  it.each(familyNames.filter((family) => !(FAMILIES_WITH_GROUPS as readonly string[]).includes(family)))(
    'has no end point at %s, which does not offer the service',
    async (family) => {
      const { course, campus, authenticate } = await at(family, { groups: [{ id: 'a', name: 'A' }] });
      expect([course.groupsUrl, course.groupSetsUrl]).toEqual([undefined, undefined]);
      await expect(service.groups(await authenticate())).rejects.toMatchObject({
        code: 'no_groups_endpoint',
      });
      expect(campus.lms.counts.groupRequests).toBe(0);
    },
  );

  it('needs the scope, and asks for nothing without it', async () => {
    const { campus, authenticate } = await at('generic', {}, defaultScopes as string[]);
    await expect(authenticate()).rejects.toMatchObject({ code: 'scope_mismatch' });
    expect(campus.lms.counts.groupRequests).toBe(0);
  });

  it.each([
    [
      { kind: 'status', status: 404, body: 'gone' },
      { code: 'groups_refused', status: 502 },
    ],
    [{ kind: 'server-error' }, { code: 'groups_unavailable', status: 503, retryAt: expect.any(Date) }],
    [{ kind: 'html' }, { code: 'groups_unreadable', status: 502 }],
    [{ kind: 'broken-json' }, { code: 'groups_unreadable' }],
    [{ kind: 'loop', times: 'always' }, { code: 'page_loop' }],
    [{ kind: 'foreign-next', origin: 'https://evil.example' }, { code: 'foreign_next_link' }],
  ] as const)('says what is wrong: %j', async (fault, error) => {
    const groups = Array.from({ length: 150 }, (_, index) => ({ id: `g${index}`, name: 'G' }));
    const { campus, authenticate } = await at('generic', { groups });
    campus.lms.faults.add({ on: 'groups', ...fault } as never);
    await expect(service.groups(await authenticate())).rejects.toMatchObject(error);
  });

  it('skips and counts entries without a usable id, and leaves out what else it cannot read', async () => {
    const entries = [
      { id: 7, name: 'Numbered', set_id: 3 },
      { name: 'No id' },
      null,
      { id: 'x', name: 5, tag: null, set_id: {} },
    ];
    const lms = await LoopbackServer.start((response) => response.end(JSON.stringify({ groups: entries })));
    try {
      const { campus } = await at('generic', {});
      const client = await campus.authenticate({ groups: lms.url('/groups') });
      let skipped = 0;
      const groups = await service.groups(client, { onUnreadable: () => void (skipped += 1) });
      expect(groups).toEqual([{ id: '7', name: 'Numbered', setId: '3' }, { id: 'x' }]);
      expect(skipped).toBe(2);
    } finally {
      await lms.stop();
    }
  });
});
