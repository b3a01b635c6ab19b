import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { familyNames } from './families/family.js';
import { SimulatedPlatform } from './simulated-platform.js';

describe('SimulatedPlatform', () => {
  const started: SimulatedPlatform[] = [];
  afterEach(() => Promise.all(started.splice(0).map((lms) => lms.stop())));

  async function start(
    options: Parameters<typeof SimulatedPlatform.start>[0] = {},
  ): Promise<SimulatedPlatform> {
    const lms = await SimulatedPlatform.start(options);
    started.push(lms);
    return lms;
  }

  it('listens on this machine only', async () => {
    await expect(SimulatedPlatform.start({ host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'simulated_platform_not_loopback',
    });
  });

  it('does not keep a process alive, so that a test run whose set-up failed can end', async () => {
    const servers = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
    const before = servers();
    await start();
    expect(servers()).toBe(before);
  });

  it('listens on the given port, and fails when that is taken', async () => {
    const lms = await start();
    await expect(SimulatedPlatform.start({ port: Number(new URL(lms.url).port) })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  it.each(familyNames)('gives the %s family addresses that differ from each other', async (family) => {
    const lms = await start({ family });
    const course = lms.addCourse({ members: 1 });
    const addresses = [
      lms.authorizationUrl,
      lms.tokenUrl,
      lms.jwksUrl,
      course.membershipsUrl,
      course.lineItemsUrl,
    ];
    expect(new Set(addresses).size).toBe(5);
    for (const address of addresses) expect(address.startsWith(`${lms.url}/`)).toBe(true);
  });

  it('publishes its own key set, which stays the same', async () => {
    const lms = await start();
    const keySet = async () => (await (await fetch(lms.jwksUrl)).json()) as { keys: unknown[] };
    const keySets = await Promise.all([keySet(), keySet()]);
    expect(keySets[0]).toEqual(keySets[1]);
    expect(keySets[0].keys).toEqual([
      { kty: 'RSA', kid: 'platform-key-1', alg: 'RS256', use: 'sig', e: 'AQAB', n: expect.any(String) },
    ]);
  });

  it('names courses by number unless another name is given, and refuses a name twice', async () => {
    const lms = await start();
    expect(
      [lms.addCourse({ members: 1 }), lms.addCourse({ members: 1 })].map(({ contextId }) => contextId),
    ).toEqual(['course-1', 'course-2']);
    expect(() => lms.addCourse({ contextId: 'course-1', members: 1 })).toThrow(
      expect.objectContaining({ code: 'duplicate_simulated_course' }),
    );
  });

  it('copies the list of members that it is given', async () => {
    const lms = await start();
    const members = [{ userId: 'a', roles: [] }];
    lms.addCourse({ members }).removeMember('a');
    expect(members).toHaveLength(1);
  });

  it('refuses a request for another host, and a body without end', async () => {
    const lms = await start();
    const socket = connect(Number(new URL(lms.url).port), '127.0.0.1');
    socket.end('GET http://elsewhere.example/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
    const tooLong = fetch(lms.tokenUrl, { method: 'POST', body: 'x'.repeat(17 * 1024 * 1024) });
    // The connection may end before the whole body is sent.
    expect(await tooLong.then(({ status }) => status).catch(() => 'ended')).not.toBe(200);
    expect(lms.counts.tokensIssued).toBe(0);
    expect((await fetch(lms.url)).status).toBe(200);
  });

  it('stops, and can be stopped again', async () => {
    const lms = await start();
    await lms.stop();
    await expect(fetch(lms.url)).rejects.toThrow('fetch failed');
    await lms.stop();
  });
});
