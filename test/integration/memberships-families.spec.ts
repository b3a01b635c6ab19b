import { Logger } from '@nestjs/common';
import { type Member, type MembershipPage } from '../../src/lti-services/memberships/member.js';
import {
  type MembershipsOptions,
  MembershipsService,
} from '../../src/lti-services/memberships/memberships.service.js';
import { type OAuthClient } from '../../src/access-tokens/oauth-client.js';
import {
  type FamilyName,
  familyNames,
  type SimulatedCourse,
  SimulatedPlatform,
  type SimulatedToolInput,
} from '../../src/testing/index.js';
import { composeOAuth, type OAuthComposition } from '../support/oauth-composition.js';
import { registrationFixture } from '../support/registration-fixture.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';

const CLIENT_ID = 'our-client-id';
const membership = 'http://purl.imsglobal.org/vocab/lis/v2/membership';
const memberships = new MembershipsService();

let keys: SigningKeys;
let platform: SimulatedPlatform;
let composition: OAuthComposition;
let course: SimulatedCourse;
let client: OAuthClient;

beforeAll(async () => {
  Logger.overrideLogger(false);
  keys = await createSigningKeys();
});

afterEach(async () => {
  // First, because a request without an answer would keep the client from closing.
  await platform.stop();
  await composition.stop();
});

/** Starts an LMS of this family with one course, and a client of it. */
async function start(family: FamilyName, members: number): Promise<void> {
  platform = await SimulatedPlatform.start({ family });
  platform.addTool({ clientId: CLIENT_ID, jwks: (await keys.jwks()) as SimulatedToolInput['jwks'] });
  course = platform.addCourse({ members });
  composition = composeOAuth(keys);
  client = await clientOf(family);
}

/** A client whose registration says that the LMS is of this family. */
function clientOf(platformFamily: FamilyName): Promise<OAuthClient> {
  const { tokenUrl, tokenAudience, issuer } = platform;
  const registration = registrationFixture({
    clientId: CLIENT_ID,
    tokenUrl,
    tokenAudience,
    issuer,
    platformFamily,
  });
  return composition.oauth.authenticate(registration, { memberships: course.membershipsUrl });
}

async function read(options: MembershipsOptions = {}): Promise<MembershipPage[]> {
  const pages: MembershipPage[] = [];
  for await (const page of memberships.stream(client, options)) pages.push(page);
  return pages;
}

const ids = (members: readonly { userId: string }[]): string[] => members.map(({ userId }) => userId);
const idsOf = (pages: readonly MembershipPage[]): string[] => pages.flatMap(({ members }) => ids(members));

describe.each(familyNames)('%s', (family) => {
  it('returns every member once, over all pages, with one token', async () => {
    await start(family, 120);
    const pages = await read({ limit: 50 });
    expect(idsOf(pages)).toEqual(ids(course.members));
    expect(pages.map(({ number }) => number)).toEqual(pages.map((_, index) => index + 1));
    expect(platform.counts.tokenRequests).toBe(1);
  });

  it('returns names as plain text and roles as full URIs', async () => {
    await start(family, 120);
    course.addMember({ name: 'Tom & Jerry <x>' });
    const members = await memberships.getMembers(client, { limit: 500 });
    expect(members).toHaveLength(121);
    for (const [index, { name, roles, status, userId }] of members.entries()) {
      const expected = course.members[index];
      expect({ name, roles, userId }).toEqual({
        name: expected?.name,
        roles: expected?.roles,
        userId: expected?.userId,
      });
      expect(status).toBe('Active');
    }
  });

  it('returns only members with a role, whether the platform filters or not', async () => {
    await start(family, 120);
    const teachers = course.members.filter(({ roles }) => roles.includes(`${membership}#Instructor`));
    const found = idsOf(await read({ role: `${membership}#Instructor`, limit: 1 }));
    expect(found).toEqual(ids(teachers));
    expect(idsOf(await read({ role: 'Instructor', limit: 50 }))).toEqual(ids(teachers));
  });

  it('returns no member of an empty course', async () => {
    await start(family, 0);
    expect(idsOf(await read())).toEqual([]);
  });

  it('refuses an unknown course', async () => {
    await start(family, 1);
    const gone = client.withEndpoints({ memberships: course.membershipsUrl.replace('course-1', 'gone') });
    await expect(memberships.getMembers(gone)).rejects.toMatchObject({ code: 'memberships_refused' });
  });
});

it('reads pages of fifty members of Canvas, whatever limit is asked for', async () => {
  await start('canvas', 120);
  expect((await read({ limit: 500 })).map(({ members }) => members.length)).toEqual([50, 50, 20]);
});

it('reads all active members by the next links of Canvas, which have no limit', async () => {
  await start('canvas', 20);
  course.addMember({ status: 'Inactive' }, 3);
  const pages = await read({ limit: 7, role: 'Learner' });
  expect(pages.map(({ members }) => members.length)).toEqual([7, 7, 5]);
  expect(idsOf(pages)).toEqual(ids(course.members.filter(({ status }) => status !== 'Inactive').slice(1)));
});

it('reads a repeated link on the last page as the end at Blackboard, and only there', async () => {
  await start('blackboard', 2002);
  expect((await read()).map(({ members, isLast }) => [members.length, isLast])).toEqual([
    [1000, false],
    [1000, false],
    [2, true],
  ]);
  client = await clientOf('generic');
  await expect(read()).rejects.toMatchObject({ code: 'page_loop' });
});

it('reads pages of a hundred members of Schoology, whatever limit is asked for', async () => {
  await start('schoology', 250);
  expect((await read({ limit: 500 })).map(({ members }) => members.length)).toEqual([100, 100, 50]);
});

it('reports that Schoology has no roster of a resource link', async () => {
  await start('schoology', 1);
  await expect(read({ resourceLinkId: course.resourceLinkIds[0] ?? '' })).rejects.toMatchObject({
    code: 'memberships_refused',
    message: expect.stringContaining('"query.rlid" is not allowed'),
  });
});

it('filters later pages of Moodle itself, since its next link has no role', async () => {
  await start('moodle', 120);
  const pages = await read({ role: 'Instructor', limit: 2 });
  // The platform filters the first page, and lists all members on the others.
  expect(pages.length).toBeGreaterThan(2);
  const found = pages.flatMap(({ members }) => members);
  expect(found.every(({ roles }) => roles.includes(`${membership}#Instructor`))).toBe(true);
});

it('reads a page of Sakai without a body as a page without members', async () => {
  await start('sakai', 0);
  expect(await read()).toEqual([{ members: [], number: 1, isLast: true }]);
});

it("reads Sakai's groups as the sections of a member", async () => {
  await start('sakai', 1);
  const [member] = await memberships.getMembers(client);
  expect(member?.sections).toEqual([{ id: 'section-1', name: 'Section 1' }]);
});

it('reads no more than a thousand members of Open edX', async () => {
  await start('openedx', 1001);
  await expect(memberships.getMembers(client)).rejects.toMatchObject({ code: 'roster_above_platform_limit' });
});

describe('a platform that follows the specifications exactly', () => {
  beforeEach(() => start('generic', 10));

  it('returns by its differences link what has changed since', async () => {
    const { differencesUrl } = (await read({ limit: 4 })).at(-1) ?? {};
    const [first] = course.members;
    course.removeMember(first?.userId ?? '');
    const newcomer = course.addMember();
    const changes = await read({ from: differencesUrl });
    const found = changes.flatMap(({ members }) => members);
    const statusOf = (userId: string | undefined): Member['status'] | undefined =>
      found.find((member) => member.userId === userId)?.status;
    expect(found).toHaveLength(2);
    expect([statusOf(first?.userId), statusOf(newcomer.userId)]).toEqual(['Deleted', 'Active']);
    expect(changes.at(-1)?.differencesUrl).toBeDefined();
  });

  it('returns sections, and the message of a resource link', async () => {
    const resourceLinkId = course.resourceLinkIds[0];
    const [member] = await memberships.getMembers(client, { resourceLinkId });
    expect(member?.sections).toEqual([{ id: 'section-1', name: 'Section 1' }]);
    expect(member?.messages).toHaveLength(1);
  });

  it.each([
    ['unquoted', 'escaped'],
    ['curly', 'escaped'],
    ['curly', 'plain'],
  ] as const)('can write its links with %s relations and %s ampersands', async (rel, ampersand) => {
    platform.faults.add({ kind: 'link-style', rel, ampersand, times: 'always' });
    expect(idsOf(await read({ limit: 3 }))).toEqual(ids(course.members));
  });

  it.each([
    [{ kind: 'html' }, 'memberships_unreadable'],
    [{ kind: 'broken-json' }, 'memberships_unreadable'],
    [{ kind: 'loop' }, 'page_loop'],
    [{ kind: 'foreign-next' }, 'foreign_next_link'],
    [{ kind: 'cut', times: 2 }, 'platform_unreachable'],
    [{ kind: 'redirect' }, 'platform_redirect_refused'],
  ] as const)('with the fault %j on page 2 ends in %s', async (fault, code) => {
    platform.faults.add({ ...fault, on: 'memberships', after: 1 });
    await expect(read({ limit: 3 })).rejects.toMatchObject({ code });
  });

  it('without a last page is read to the maximum number of pages', async () => {
    platform.faults.add({ kind: 'endless' });
    await expect(read({ limit: 3, maxPages: 7 })).rejects.toMatchObject({ code: 'too_many_pages' });
    expect(platform.counts.membershipRequests).toBe(7);
    await expect(memberships.getMembers(client, { limit: 3, max: 100 })).rejects.toMatchObject({
      code: 'page_loop',
    });
  });
});
