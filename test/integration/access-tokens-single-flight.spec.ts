import { TokenRequestRefused } from '../../src/access-tokens/access-token.errors.js';
import { type Campus, readRoster } from '../support/campus.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';
import { until } from '../support/until.js';
import { TokenScene } from '../support/token-scene.js';

let keys: SigningKeys;
let scene: TokenScene;

beforeAll(async () => {
  keys = await createSigningKeys();
});
afterEach(() => scene.stop());

const many = <T>(count: number, make: () => Promise<T>): Promise<T>[] => Array.from({ length: count }, make);

/** The platform delays the next token until `finish` is called. */
async function slowToken(campus: Campus, start: () => void): Promise<{ finish: () => void }> {
  campus.lms.faults.add({ kind: 'latency', ms: 1000, on: 'token' });
  start();
  await scene.clock.untilSleeping();
  return { finish: () => scene.clock.advance(1000) };
}

describe('single flight with the memory store', () => {
  beforeEach(async () => {
    scene = await TokenScene.compose(keys);
  });

  it('sends one request for 200 callers at once, and reports it to one of them', async () => {
    const campus = await scene.campus();
    const endpoints = campus.newCourse();
    let heard = 0;
    const clients = await Promise.all(
      many(200, () =>
        scene.oauth.authenticate(campus.registration, endpoints, { onTokenRequest: () => void (heard += 1) }),
      ),
    );
    expect(new Set(clients.map(({ accessToken }) => accessToken.hash)).size).toBe(1);
    expect([campus.tokenRequests, heard]).toEqual([1, 1]);
  });

  it('sends one request for 200 callers with an expired token', async () => {
    const campus = await scene.campus();
    const endpoints = campus.newCourse();
    const clients = await Promise.all(many(200, () => campus.authenticate(endpoints)));
    scene.clock.advance(3_600_000);
    await Promise.all(clients.map((client) => client.refresh()));
    expect(campus.tokenRequests).toBe(2);
  });

  it('shares the request in flight with later callers', async () => {
    const campus = await scene.campus();
    const endpoints = campus.newCourse();
    const early: Promise<unknown>[] = [];
    const { finish } = await slowToken(campus, () =>
      early.push(...many(3, () => campus.authenticate(endpoints))),
    );
    const late = many(3, () => campus.authenticate(endpoints));
    finish();
    await Promise.all([...early, ...late]);
    expect(campus.tokenRequests).toBe(1);
  });

  it('gives all waiting callers the reason of a refusal after one request', async () => {
    const campus = await scene.campus({ knowsTool: false });
    const endpoints = campus.newCourse();
    for (const outcome of await Promise.allSettled(many(50, () => campus.authenticate(endpoints)))) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(TokenRequestRefused) });
    }
    expect(campus.tokenRequests).toBe(1);
  });

  it('cancels nothing when one caller aborts: the others get the token', async () => {
    const campus = await scene.campus();
    const endpoints = campus.newCourse();
    const patience = new AbortController();
    const givesUp = new Promise((_, reject) => {
      patience.signal.addEventListener('abort', () => reject(patience.signal.reason as Error));
    });
    let first: Promise<unknown> = Promise.resolve();
    const { finish } = await slowToken(campus, () => {
      first = Promise.race([campus.authenticate(endpoints), givesUp]);
    });
    const joined = campus.authenticate(endpoints);
    patience.abort(new Error('no more patience'));
    await expect(first).rejects.toThrow('no more patience');
    finish();
    expect((await readRoster(await joined)).status).toBe(200);
    expect(campus.tokenRequests).toBe(1);
  });

  it('stores a token that no caller waits for any more', async () => {
    const campus = await scene.campus();
    const { finish } = await slowToken(campus, () => void campus.authenticate());
    finish();
    await campus.authenticate();
    expect([campus.tokenRequests, campus.lms.counts.tokensIssued]).toEqual([1, 1]);
  });

  it('does not let one registration wait for another', async () => {
    const slow = await scene.campus();
    const quick = await scene.campus();
    let waiting: Promise<unknown> = Promise.resolve();
    const { finish } = await slowToken(slow, () => {
      waiting = slow.authenticate();
    });
    await quick.authenticate();
    expect(slow.lms.counts.tokensIssued).toBe(0);
    finish();
    await waiting;
    expect([slow.tokenRequests, quick.tokenRequests]).toEqual([1, 1]);
  });
});

describe('without a store', () => {
  beforeEach(async () => {
    scene = await TokenScene.compose(keys, null);
  });

  it('sends a request at each authenticate, and its client keeps the token', async () => {
    const campus = await scene.campus();
    for (let nth = 0; nth < 3; nth += 1) {
      const client = await campus.authenticate();
      for (let call = 0; call < 3; call += 1) expect((await readRoster(client)).status).toBe(200);
    }
    expect(campus.tokenRequests).toBe(3);
  });

  it('shares one request among callers at the same time', async () => {
    const campus = await scene.campus();
    const endpoints = campus.newCourse();
    await Promise.all(many(50, () => campus.authenticate(endpoints)));
    expect(campus.tokenRequests).toBe(1);
    await Promise.all(many(50, () => campus.authenticate(endpoints)));
    expect(campus.tokenRequests).toBe(2);
  });

  it('renews the token of a client at its end', async () => {
    const campus = await scene.campus({ tokenLifeSeconds: 300 });
    const client = await campus.authenticate();
    scene.clock.advance(240_000);
    expect((await readRoster(client)).status).toBe(200);
    expect([campus.tokenRequests, campus.lms.counts.rejected]).toEqual([2, {}]);
  });

  it('renews the token of a client after a 401', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    scene.clock.advance(61_000);
    campus.lms.expireTokens();
    expect((await readRoster(client)).status).toBe(200);
    expect(campus.tokenRequests).toBe(2);
  });

  it('forces one renewal in a minute for clients with tokens of their own that are always refused', async () => {
    const campus = await scene.campus();
    const clients = [await campus.authenticate(), await campus.authenticate(), await campus.authenticate()];
    for (const { contextId } of campus.lms.courses) campus.lms.withdrawTool(contextId);
    scene.clock.advance(60_000);
    for (const client of clients)
      await expect(readRoster(client)).rejects.toMatchObject({ code: 'authentication_failed' });
    expect(campus.tokenRequests).toBe(3 + 1);
  });

  it('requests a token while calls that hang use every usual slot of the platform', async () => {
    const campus = await scene.campus();
    const endpoints = campus.newCourse();
    const busy = await campus.authenticate(endpoints);
    campus.lms.faults.add({ kind: 'hang', on: 'memberships', times: 'always' });
    const ending = new AbortController();
    const { url = '' } = { url: endpoints.memberships };
    const hanging = Array.from({ length: 8 }, () =>
      busy.send({ method: 'GET', url, signal: ending.signal }).catch(() => undefined),
    );
    await until('the calls hang', () =>
      Promise.resolve(campus.lms.counts.membershipRequests === 8 || undefined),
    );
    await campus.authenticate(campus.newCourse());
    expect(campus.tokenRequests).toBe(2);
    ending.abort();
    await Promise.all(hanging);
  });

  it('uses a renewal that a 401 forced for every call that is refused in the next minute', async () => {
    const campus = await scene.campus();
    const clients = [await campus.authenticate(), await campus.authenticate(), await campus.authenticate()];
    campus.lms.expireTokens();
    for (const client of clients) expect((await readRoster(client)).status).toBe(200);
    expect(campus.tokenRequests).toBe(3 + 1);
  });

  it('remembers failures all the same', async () => {
    const campus = await scene.campus({ knowsTool: false });
    await expect(campus.authenticate()).rejects.toThrow(TokenRequestRefused);
    await expect(campus.authenticate()).rejects.toThrow(TokenRequestRefused);
    expect(campus.tokenRequests).toBe(1);
  });
});
