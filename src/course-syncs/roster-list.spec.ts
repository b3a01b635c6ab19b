import { type Member } from '../lti-services/memberships/member.js';
import { RosterList, type StoredEntry } from './roster-list.js';

function member(userId: string, roles: string[], more: Partial<Member> = {}): Member {
  return { userId, roles, status: 'Active', sections: [], ...more };
}

function stored(roles: string[], sections: string[] = []): StoredEntry {
  return { roles, status: 'Active', sections: sections.map((id) => ({ id })) };
}

it('writes members as they arrive', () => {
  const list = new RosterList();
  const page = [member('a', ['Learner']), member('b', ['Mentor'])];
  expect(list.take(page, new Map())).toEqual(page);
  expect([...list.seen]).toEqual(['a', 'b']);
  expect(list.takePostponed()).toEqual([]);
});

it('keeps the union of the roles and sections of a member that is on two pages', () => {
  const list = new RosterList();
  list.take([member('a', ['Learner'], { sections: [{ id: 's1' }] })], new Map());
  expect(list.repeated([member('a', []), member('b', [])])).toEqual(['a']);
  const written = list.take(
    [member('a', ['Mentor'], { sections: [{ id: 's2' }], name: 'New' })],
    new Map([['a', stored(['Learner'], ['s1'])]]),
  );
  expect(written).toEqual([
    member('a', ['Learner', 'Mentor'], { sections: [{ id: 's1' }, { id: 's2' }], name: 'New' }),
  ]);
});

it('does not remove and add a role in each reading of a roster that lists a member twice', () => {
  const list = new RosterList();
  const known = new Map([['a', stored(['Learner', 'Mentor'])]]);
  expect(list.take([member('a', ['Learner'])], known)).toEqual([]);
  expect(list.seen.has('a')).toBe(true);
  expect(list.take([member('a', ['Mentor'])], known)).toEqual([member('a', ['Learner', 'Mentor'])]);
  expect(list.takePostponed()).toEqual([]);
});

it('removes a role at the end if no page has it', () => {
  const list = new RosterList();
  const known = new Map([['a', stored(['Learner', 'Mentor'])]]);
  list.take([member('a', ['Learner'], { name: 'New' })], known);
  list.take([member('b', ['Learner'])], new Map());
  expect(list.takePostponed()).toEqual([member('a', ['Learner'], { name: 'New' })]);
  expect(list.takePostponed()).toEqual([]);
});

it('writes a role that another one has replaced at once', () => {
  const list = new RosterList();
  const page = [member('a', ['Officer'])];
  expect(list.take(page, new Map([['a', stored(['Learner', 'Mentor'])]]))).toEqual(page);
});

it('keeps the latest entry of a member that left and came back, or the reverse', () => {
  const list = new RosterList();
  list.take([member('a', [], { status: 'Deleted' }), member('b', [])], new Map());
  list.take([member('a', []), member('b', [], { status: 'Deleted' })], new Map());
  expect([...list.seen]).toEqual(['a']);
  expect([...list.deleted]).toEqual(['b']);
});
