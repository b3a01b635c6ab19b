import { FakeClock } from '../fake-clock.js';
import { readPage, readPages } from '../../../test/support/page-reader.js';
import { SigningTool } from '../../../test/support/signing-tool.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { SimulatedPlatform } from '../simulated-platform.js';

describe('the differences of a roster', () => {
  const clock = new FakeClock();
  let tool: SigningTool;
  let lms: SimulatedPlatform;
  let course: SimulatedCourse;
  let token: string;

  beforeAll(async () => {
    tool = await SigningTool.create();
  });
  afterEach(() => lms.stop());

  const nowSeconds = () => clock.now().getTime() / 1000;

  async function start(members: number): Promise<void> {
    lms = await SimulatedPlatform.start({ family: 'generic', clock });
    lms.addTool({ clientId: tool.clientId, jwks: tool.jwks });
    course = lms.addCourse({ contextId: '6', title: 'Course 5 & Söhne', members });
    token = await tool.token(lms, nowSeconds());
  }

  const get = (url = course.membershipsUrl) => readPage(url, token);
  const readAll = (url: string) => readPages(url, token);

  it('returns only the changes at the differences link of the last page', async () => {
    await start(120);
    const first = await get();
    expect(first.differences).toBeUndefined();
    const last = await get(first.next);
    course.removeMember('user-00003');
    course.addMember({ userId: 'new' });
    course.members[0]!.email = 'moved@example.edu';
    const changes = await get(last.differences);
    expect(changes.members).toEqual([
      expect.objectContaining({ user_id: 'user-00001', email: 'moved@example.edu' }),
      expect.objectContaining({ user_id: 'new', status: 'Active' }),
      expect.objectContaining({ user_id: 'user-00003', status: 'Deleted' }),
    ]);
    expect((await get(changes.differences)).ids).toEqual([]);
  });

  it('includes what changed between two pages', async () => {
    await start(120);
    const first = await get();
    course.removeMember('user-00001');
    const last = await get(first.next);
    expect((await get(last.differences)).members).toEqual([
      expect.objectContaining({ user_id: 'user-00001', status: 'Deleted' }),
    ]);
  });

  it('returns differences page by page', async () => {
    await start(1);
    const { differences } = await get();
    for (let added = 0; added < 150; added += 1) course.addMember();
    const { ids, pages } = await readAll(String(differences));
    expect([new Set(ids).size, pages.length]).toEqual([150, 2]);
  });

  it('refuses a differences link that it did not issue', async () => {
    await start(5);
    const cursor = Buffer.from('{"since":99}').toString('base64url');
    expect((await get(`${course.membershipsUrl}?cursor=${cursor}`)).status).toBe(400);
    expect((await get(`${course.membershipsUrl}?cursor=garbage`)).status).toBe(400);
  });
});
