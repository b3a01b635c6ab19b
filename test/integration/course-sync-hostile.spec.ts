import { LoopbackServer } from '../support/loopback-server.js';
import { LtiTestApp } from '../support/lti-app.js';
import { type SyncedCourse, SyncedPlatform } from '../support/synced-platform.js';

describe('a roster with unusual values', () => {
  let lti: LtiTestApp;
  let synced: SyncedPlatform;
  let server: LoopbackServer;
  let members: unknown;
  let course: SyncedCourse;
  beforeAll(async () => {
    lti = await LtiTestApp.start();
    synced = await SyncedPlatform.start(lti);
    server = await LoopbackServer.start((response) => response.end(JSON.stringify({ members })));
  });
  beforeEach(async () => (course = await synced.addCourse(0, server.url('/members'))));
  afterAll(async () => {
    await server.stop();
    await synced.stop();
    await lti.stop();
  });

  const syncOf = (roster: unknown) => {
    members = roster;
    return synced.sync(course);
  };
  const stored = async () => synced.members(course);

  const names: [what: string, name: unknown, kept: string | null][] = [
    ['a NUL', 'A\0na', 'Ana'],
    ['half a character', 'Ana \ud83d', 'Ana'],
    ['markup', '<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['SQL', "'); DROP TABLE nest_lti.membership; --", "'); DROP TABLE nest_lti.membership; --"],
    ['10,000 characters', 'x'.repeat(10_000), null],
    ['a number for text', 17, null],
    ['nothing but space', ' ', null],
    ['an object', { toString: 'x' }, null],
    ['a name outside of the BMP', '𠮷田 😀', '𠮷田 😀'],
    ['the word NULL', 'NULL', 'NULL'],
    ['the text of an array', '{"a","b"}', '{"a","b"}'],
  ];

  it(`can have ${names.map(([what]) => what).join(', ')} for names`, async () => {
    const roster = names.map(([, name], index) => ({
      user_id: `user-${String(index).padStart(2, '0')}`,
      roles: ['Learner'],
      name,
    }));
    expect(await syncOf(roster)).toMatchObject({ status: 'completed', counts: { added: names.length } });
    expect((await stored()).map(({ name }) => name)).toEqual(names.map(([, , kept]) => kept));
    expect(await syncOf(roster)).toMatchObject({ counts: { updated: 0, unchanged: names.length } });
  });

  it('can list the same user twice on a page: the last entry counts', async () => {
    const run = await syncOf([
      { user_id: 'ana', roles: ['Learner'], name: 'First' },
      { user_id: 'bea', roles: [] },
      { user_id: 'ana', roles: ['Instructor'], name: 'Last' },
    ]);
    expect(run).toMatchObject({ status: 'completed', counts: { added: 2, updated: 0, unchanged: 0 } });
    expect(await stored()).toMatchObject([{ userId: 'ana', name: 'Last' }, { userId: 'bea' }]);
  });

  it('can have numbers as ids', async () => {
    await syncOf([{ user_id: 17, roles: [] }]);
    expect(await syncOf([{ user_id: '17', roles: [] }])).toMatchObject({
      counts: { unchanged: 1, removed: 0 },
    });
    expect(await stored()).toMatchObject([{ userId: '17' }]);
  });

  it('can have roles, statuses and sections of every kind', async () => {
    await syncOf([
      { user_id: 'a', roles: 'Learner,Instructor' },
      { user_id: 'b', roles: null, status: 'Suspended' },
      { user_id: 'c', roles: [{}, 7, 'Wizard', 'Wizard'], sections: [{ id: 's\0' }, 'plain', null] },
      { user_id: 'd', roles: [], status: 17, sections: { id: 's' } },
    ]);
    const vocabulary = 'http://purl.imsglobal.org/vocab/lis/v2/membership#';
    expect(await stored()).toMatchObject([
      { userId: 'a', roles: [`${vocabulary}Learner`, `${vocabulary}Instructor`], status: 'Active' },
      { userId: 'b', roles: [], status: 'Inactive' },
      { userId: 'c', roles: ['Wizard'], sections: [{ id: 'plain' }] },
      { userId: 'd', roles: [], status: 'Inactive', sections: [] },
    ]);
  });

  it('can have in roles, groups and sections what PostgreSQL reads as more than text', async () => {
    const texts = ['NULL', '{}', '","', '"', '\\', '\\"', 'a,b', 'a\nb', '$1', "'", '{"a"}'];
    const groups = texts.map((text) => ({ group_id: text }));
    const roster = [{ user_id: 'ana', roles: texts, group_enrollments: groups, sections: texts }];
    await syncOf(roster);
    const sections = texts.map((id) => ({ id }));
    expect(await stored()).toMatchObject([{ roles: texts, groupIds: texts, sections }]);
    expect(await syncOf(roster)).toMatchObject({ counts: { updated: 0, unchanged: 1 } });
  });

  it.each([
    ['the longest id', 'x'.repeat(512)],
    ['an id of markup', '<b>&"\'</b>'],
    ['an id with a slash and a space', 'a /b?c=d#e'],
    ['an id that JavaScript has a use for', '__proto__'],
  ])('can have %s, which pages and filters find again', async (_, userId) => {
    await syncOf([
      { user_id: userId, roles: [] },
      { user_id: '~last', roles: [] },
    ]);
    const { body } = await lti.api('get', `/api/v1/courses/${course.id}/members?limit=1`).expect(200);
    const path = `/api/v1/courses/${course.id}/members?cursor=${encodeURIComponent(body.nextCursor as string)}`;
    const { body: rest } = await lti.api('get', path).expect(200);
    expect([...body.items, ...rest.items].map((item) => item.userId as string).sort()).toEqual(
      [userId, '~last'].sort(),
    );
    expect(await syncOf([{ user_id: '~last', roles: [] }])).toMatchObject({ counts: { removed: 1 } });
  });

  it.each([
    ['is no list', {}],
    ['has a member without an id', [{ user_id: 'ana', roles: [] }, { roles: [] }]],
    ['has an empty id', [{ user_id: '', roles: [] }]],
    ['has an id with a NUL', [{ user_id: 'a\0', roles: [] }]],
    ['has an id that is too long', [{ user_id: 'x'.repeat(513), roles: [] }]],
    ['has an id past 2^53', [{ user_id: 2 ** 60, roles: [] }]],
    ['has null for a member', [null]],
  ])('is not stored in part when it %s', async (_, roster) => {
    await syncOf([{ user_id: 'bea', roles: [] }]);
    expect(await syncOf(roster)).toMatchObject({
      status: 'failed',
      error: { code: 'memberships_unreadable' },
    });
    expect(await stored()).toMatchObject([{ userId: 'bea' }]);
  });

  it('leaves no personal data in what an operator reads', async () => {
    const run = await syncOf([{ user_id: '', name: 'Ana García', email: 'ana@example.edu' }]);
    expect(run.error?.message).toContain('members.0.user_id');
    expect(JSON.stringify(run)).not.toMatch(/Ana|example\.edu/);
  });
});
