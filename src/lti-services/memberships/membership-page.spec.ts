import fc from 'fast-check';
import { LtiError } from '../../common/lti-error.js';
import { type PlatformResponse } from '../../platform-http/platform-request.js';
import { type Member } from './member.js';
import { readMembershipPage } from './membership-page.js';
import { PlatformAnswerInvalid } from '../../common/reactions.errors.js';

const lis = 'http://purl.imsglobal.org/vocab/lis/v2/membership';

function answer(body: string, headers: Record<string, string> = {}): PlatformResponse {
  return {
    status: 200,
    headers,
    body,
    url: 'https://lms.example/m',
    receivedAt: new Date('2026-01-05T08:00:00Z'),
  };
}

function container(...members: unknown[]): string {
  return JSON.stringify({ id: 'https://lms.example/m', context: { id: 'c1' }, members });
}

function memberOf(wire: object): Member | undefined {
  return readMembershipPage(answer(container({ user_id: 'u1', roles: ['Learner'], ...wire })), 1).members[0];
}

function unreadable(body: string): PlatformAnswerInvalid {
  try {
    readMembershipPage(answer(body), 7);
  } catch (error) {
    if (error instanceof PlatformAnswerInvalid) return error;
    throw error;
  }
  throw new Error('The page was read.');
}

it('reads every field of a member', () => {
  expect(
    memberOf({
      status: 'Inactive',
      name: 'Jane Q. Söhne',
      given_name: 'Jane',
      middle_name: 'Q.',
      family_name: 'Söhne',
      email: 'jane@example.edu',
      picture: 'https://lms.example/jane.jpg',
      lis_person_sourcedid: 'SIS1',
      lti11_legacy_user_id: 'old-1',
      ext_user_username: 'jane',
    }),
  ).toEqual({
    userId: 'u1',
    roles: [`${lis}#Learner`],
    status: 'Inactive',
    name: 'Jane Q. Söhne',
    givenName: 'Jane',
    middleName: 'Q.',
    familyName: 'Söhne',
    email: 'jane@example.edu',
    picture: 'https://lms.example/jane.jpg',
    sourcedId: 'SIS1',
    lti11UserId: 'old-1',
    sections: [],
  });
});

it('needs only a user_id and treats null and empty values as absent', () => {
  const body = container(
    { user_id: 'u1' },
    { user_id: 'u2', roles: null, status: null, name: null, email: '' },
  );
  expect(readMembershipPage(answer(body), 1).members).toEqual([
    { userId: 'u1', roles: [], status: 'Active', sections: [] },
    { userId: 'u2', roles: [], status: 'Active', sections: [] },
  ]);
});

it('keeps a member whose field has a wrong type or is too long', () => {
  expect(
    memberOf({ name: 42, email: ['x'], picture: 'x'.repeat(2049), given_name: 'x'.repeat(1025) }),
  ).toEqual({
    userId: 'u1',
    roles: [`${lis}#Learner`],
    status: 'Active',
    sections: [],
  });
});

it('removes from texts what a database cannot store', () => {
  expect(memberOf({ name: 'Ja\0ne \ud800' })?.name).toBe('Jane');
});

it('reads a user_id that is a whole number as its digits', () => {
  expect(memberOf({ user_id: 1656398468 })?.userId).toBe('1656398468');
});

it.each([
  ['missing', undefined],
  ['null', null],
  ['empty', ''],
  ['a fraction', 1.5],
  ['a number that lost its last digits', 2 ** 53],
  ['an object', {}],
  ['513 characters long', 'x'.repeat(513)],
  ['not storable', 'a\0b'],
])('fails the whole page when a user_id is %s, without naming the user', (_, user_id) => {
  const error = unreadable(
    container({ user_id: 'ok' }, { user_id, roles: [], name: 'Jane Doe', email: 'jane@x' }),
  );
  expect(error.code).toBe('memberships_unreadable');
  expect(error.details()).toEqual({ page: 7, field: 'members.1.user_id' });
  expect(error.message).toContain('Page 7');
  expect(error.message).not.toMatch(/Jane|jane@x/);
});

describe('roles', () => {
  it('are full URIs, each once; unknown ones are kept', () => {
    const roles = ['Learner', `${lis}#Learner`, 'Dean', 'https://lms.example/roles#Auditor'];
    expect(memberOf({ roles })?.roles).toEqual([
      `${lis}#Learner`,
      'Dean',
      'https://lms.example/roles#Auditor',
    ]);
  });

  it('can come as one text, separated by commas', () => {
    expect(memberOf({ roles: 'Learner, Mentor' })?.roles).toEqual([`${lis}#Learner`, `${lis}#Mentor`]);
  });

  it('that are not roles are left out', () => {
    expect(memberOf({ roles: ['Learner', 7, null, {}, '', 'x'.repeat(513)] })?.roles).toEqual([
      `${lis}#Learner`,
    ]);
    expect(memberOf({ roles: { a: 1 } })?.roles).toEqual([]);
  });
});

it.each([
  [undefined, 'Active'],
  ['', 'Active'],
  ['Active', 'Active'],
  ['http://purl.imsglobal.org/vocab/lis/v2/status#Active', 'Active'],
  ['Inactive', 'Inactive'],
  ['deleted', 'Deleted'],
  ['liss:Deleted', 'Deleted'],
  ['Invited', 'Inactive'],
  [0, 'Inactive'],
])('reads the status %p as %s', (status, expected) => {
  expect(memberOf({ status })?.status).toBe(expected);
});

describe('sections', () => {
  it('are read from sections, with a name or a title', () => {
    const sections = [{ id: 's1', name: 'One' }, { id: 2, title: 'Two' }, { section_id: 's3' }, 's4'];
    expect(memberOf({ sections })?.sections).toEqual([
      { id: 's1', name: 'One' },
      { id: '2', name: 'Two' },
      { id: 's3' },
      { id: 's4' },
    ]);
  });

  it('are read from the groups of the Course Groups Service, with the names that Sakai gives', () => {
    const wire = {
      group_enrollments: [{ group_id: 'g1' }, { group_id: 'g2' }],
      sakai_ext: { sakai_role: 'Student', sakai_groups: [{ id: 'g2', title: 'Lab' }] },
    };
    expect(memberOf(wire)?.sections).toEqual([{ id: 'g2', name: 'Lab' }, { id: 'g1' }]);
  });

  it('that cannot be read are left out', () => {
    expect(memberOf({ sections: [{}, null, [], '', { id: 's1' }], sakai_ext: 'x' })?.sections).toEqual([
      { id: 's1' },
    ]);
    expect(memberOf({ sections: 'all' })?.sections).toEqual([]);
  });
});

it('keeps the message of a resource link unchanged', () => {
  const message = { 'https://purl.imsglobal.org/spec/lti/claim/custom': { a: '1' }, __proto__x: [null] };
  expect(memberOf({ message: [message, 'x', null] })?.messages).toEqual([message]);
  expect(memberOf({ message })?.messages).toEqual([message]);
  expect(memberOf({ message: [] })?.messages).toEqual([]);
  expect(memberOf({ message: null })?.messages).toBeUndefined();
});

it('reads the context, which can be missing', () => {
  const full = { context: { id: 6, label: 'C5', title: 'Course 5 & Söhne' }, members: [] };
  expect(readMembershipPage(answer(JSON.stringify(full)), 1).context).toEqual({
    id: '6',
    label: 'C5',
    title: 'Course 5 & Söhne',
  });
  expect(readMembershipPage(answer('{"members":[]}'), 1)).toEqual({ members: [] });
});

it('reads the links in every style', () => {
  const link =
    '</m?a=1&amp;from=2>; rel=next, <https://lms.example/d>; rel=\u00e2\u0080\u009cdifferences\u00e2\u0080\u009d';
  expect(readMembershipPage(answer('{"members":[]}', { link }), 1)).toEqual({
    members: [],
    next: '/m?a=1&from=2',
    differences: 'https://lms.example/d',
  });
});

it.each(['http://lms/m?p=2; rel="next"', '<http://lms/m?p=2; rel="next"', 'rel="next"'])(
  'does not treat a page with the Link header %s as the last one',
  (link) => {
    expect(() => readMembershipPage(answer('{"members":[]}', { link }), 3)).toThrow(
      expect.objectContaining({
        code: 'unreadable_next_link',
        message: expect.stringContaining('Page 3 ') as string,
      }),
    );
  },
);

it('returns a member that is listed twice once, with the union of its roles and sections', () => {
  const body = container(
    { user_id: 1, roles: ['Learner'], sections: ['s1'], name: 'Old' },
    { user_id: 'u2', roles: ['Learner'] },
    { user_id: '1', roles: ['Mentor', 'Learner'], sections: ['s2'], name: 'New', status: 'Inactive' },
  );
  expect(readMembershipPage(answer(body), 1).members).toMatchObject([
    {
      userId: '1',
      roles: [`${lis}#Learner`, `${lis}#Mentor`],
      sections: [{ id: 's1' }, { id: 's2' }],
      name: 'New',
      status: 'Active',
    },
    { userId: 'u2', roles: [`${lis}#Learner`] },
  ]);
});

it.each([
  ['Active', 'Deleted'],
  ['Deleted', 'Active'],
])('keeps the later entry of a member that is %s and then %s', (earlier, later) => {
  const body = container({ user_id: '1', status: earlier }, { user_id: '1', status: later });
  expect(readMembershipPage(answer(body), 1).members).toMatchObject([{ userId: '1', status: later }]);
});

it("reads a name from Moodle's roster as launches write it", () => {
  const body = JSON.stringify({
    context: { id: 'c1', title: 'Tom &amp; Jerry' },
    members: [
      {
        user_id: '1',
        name: 'Tom &amp; Jerry O&#039;Neill &quot;J&quot;',
        given_name: '&amp;lt; &lt;b&gt;',
        family_name: 'A &eacute; B',
      },
    ],
  });
  expect(readMembershipPage(answer(body), 1, 'moodle')).toMatchObject({
    context: { title: 'Tom & Jerry' },
    members: [{ name: 'Tom & Jerry O\'Neill "J"', givenName: '&lt; <b>', familyName: 'A &eacute; B' }],
  });
  expect(readMembershipPage(answer(body), 1, 'canvas').members[0]?.name).toContain('&amp;');
});

it('reads an empty body as an empty page, and follows its next link', () => {
  expect(readMembershipPage(answer('', { link: '</m>; rel="next"' }), 1)).toEqual({
    members: [],
    next: '/m',
  });
  expect(readMembershipPage(answer(' \n'), 1)).toEqual({ members: [] });
});

it.each([
  ['<!DOCTYPE html><p>Jane Doe</p>', 'an HTML page', undefined],
  ['{"members":[{"user_id":"Jane Doe"', 'broken JSON', undefined],
  ['Jane Doe logged in', 'text that is not JSON', undefined],
  ['"Jane Doe"', 'JSON that is no membership container', 'body'],
  ['[{"user_id":"Jane Doe"}]', 'JSON that is no membership container', 'body'],
  ['{"error":"Jane Doe"}', 'JSON that is no membership container', 'members'],
  ['{"members":null}', 'JSON that is no membership container', 'members'],
  ['{"members":["Jane Doe"]}', 'JSON with an unusable member', 'members.0'],
])('reports of %s only that it is %s', (body, found, field) => {
  const error = unreadable(body);
  expect(error.details()).toEqual({ page: 7, ...(field !== undefined && { field }) });
  expect(error.message).toContain(`could not be read: ${found}`);
  expect(error.message).not.toContain('Jane');
});

it('returns valid members or throws an LtiError, whatever JSON a page holds', () => {
  const field = fc.constantFrom(
    'user_id',
    'roles',
    'status',
    'name',
    'email',
    'picture',
    'sections',
    'group_enrollments',
    'sakai_ext',
    'message',
    '__proto__',
  );
  const value = fc.oneof(fc.jsonValue(), fc.constant([{ id: 'a', group_id: 1 }]), fc.constant('Learner'));
  const member = fc.oneof(
    { weight: 5, arbitrary: fc.dictionary(field, value) },
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.oneof(fc.string({ minLength: 1 }), fc.integer()), fc.dictionary(field, value))
        .map(([user_id, rest]) => ({ ...rest, user_id })),
    },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
  const page = fc.oneof(
    { weight: 1, arbitrary: fc.jsonValue() },
    {
      weight: 4,
      arbitrary: fc.record({ context: fc.jsonValue(), members: fc.array(member, { maxLength: 3 }) }),
    },
  );
  let read = 0;
  fc.assert(
    fc.property(page, (json) => {
      try {
        for (const found of readMembershipPage(answer(JSON.stringify(json)), 1).members) {
          read += 1;
          expect(isValid(found)).toBe(true);
        }
      } catch (error) {
        if (!(error instanceof LtiError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
  expect(read).toBeGreaterThan(50);
});

function isValid(member: Member): boolean {
  const texts = [member.name, member.email, member.picture];
  return (
    typeof member.userId === 'string' &&
    member.userId.length > 0 &&
    member.roles.every((role) => typeof role === 'string' && role !== '') &&
    ['Active', 'Inactive', 'Deleted'].includes(member.status) &&
    texts.every((text) => text === undefined || (typeof text === 'string' && text !== '')) &&
    member.sections.every(
      ({ id, name }) => typeof id === 'string' && ['string', 'undefined'].includes(typeof name),
    ) &&
    (member.messages ?? []).every((message) => typeof message === 'object')
  );
}
