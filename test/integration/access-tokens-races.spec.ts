import { Logger } from '@nestjs/common';
import { Scope } from '../../src/common/scopes.js';
import { type AccessToken, type AccessTokenKey } from '../../src/access-tokens/access-token.js';
import {
  type Lease,
  type RenewalFailure,
  type StoredAccess,
} from '../../src/access-tokens/stores/token-store.js';
import { type Campus } from '../support/campus.js';
import { FaultyTokenStore } from '../support/faulty-token-store.js';
import { ServerTokenStore } from '../support/in-memory-store-server.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { MemoryTokenStore } from '../../src/access-tokens/stores/memory-token-store.js';
import { registrationFixture } from '../support/registration-fixture.js';
import { createSigningKeys, type SigningKeys } from '../support/signing-keys.js';
import { TokenScene } from '../support/token-scene.js';
import { TwoProcesses } from '../support/two-processes.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** A gate: callers wait while it is closed. */
class Gate {
  private opening: Promise<void> = Promise.resolve();
  open: () => void = () => undefined;

  shut(): void {
    this.opening = new Promise((resolve) => (this.open = resolve));
  }

  async pass<T>(answer: T): Promise<T> {
    await this.opening;
    return answer;
  }
}

describe('races between processes and requests for tokens', () => {
  let keys: SigningKeys;
  const ends: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    keys = await createSigningKeys();
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  async function sceneWith(store?: FaultyTokenStore): Promise<TokenScene> {
    const scene = await TokenScene.compose(keys, store);
    ends.push(() => scene.stop());
    return scene;
  }

  const wishOf = ({ registration }: Pick<Campus, 'registration'>, ...needed: string[]) => ({
    registration,
    needed,
    onRequest: () => undefined,
  });

  /** Two processes. While the gate is closed, the second one waits for its reads of the store. */
  async function withSlowReader(): Promise<{ both: TwoProcesses; gate: Gate }> {
    const gates: Gate[] = [];
    class SlowlyReadStore extends ServerTokenStore {
      private readonly gate = gates[gates.push(new Gate()) - 1]!;

      override async get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
        return this.gate.pass(await super.get(key));
      }
    }
    const both = await TwoProcesses.start({}, (server) => new SlowlyReadStore(server));
    ends.push(() => both.stop());
    return { both, gate: gates[1]! };
  }

  const hashBy = async ({ oauth }: TwoProcesses['one'], { registration }: TwoProcesses): Promise<string> =>
    (await oauth.authenticate(registration, {})).accessToken.hash;

  const leases = ({ server }: TwoProcesses) =>
    [...server.entries.values()].flatMap(({ lease }) => (lease === undefined ? [] : [lease.holder]));

  it('discards a token that was read from the store while it was deleted', async () => {
    const { both, gate } = await withSlowReader();
    const deleted = await hashBy(both.one, both);
    const [keyId] = both.server.entries.keys();
    gate.shut();
    const before = hashBy(both.other, both);
    await new Promise(setImmediate);
    await new ServerTokenStore(both.server).delete({ id: keyId! });
    const after = hashBy(both.other, both);
    gate.open();
    expect(await before).toBe(deleted);
    expect(await after).not.toBe(deleted);
    expect(await hashBy(both.other, both)).toBe(await after);
    expect(both.tokenRequests).toBe(2);
  });

  it('uses the token that another process stored after an empty read, without a request', async () => {
    const { both, gate } = await withSlowReader();
    gate.shut();
    const late = hashBy(both.other, both);
    await new Promise(setImmediate);
    const hash = await hashBy(both.one, both);
    gate.open();
    expect([await late, both.tokenRequests, leases(both)]).toEqual([hash, 1, []]);
  });

  it('reports the failure that another process stored after an empty read, without a request', async () => {
    const { both, gate } = await withSlowReader();
    both.registration.clientId = 'stranger';
    gate.shut();
    const late = expect(hashBy(both.other, both)).rejects.toMatchObject({ platformError: 'invalid_client' });
    await new Promise(setImmediate);
    await expect(hashBy(both.one, both)).rejects.toThrow();
    gate.open();
    await late;
    expect([both.tokenRequests, leases(both)]).toEqual([1, []]);
  });

  it('uses the token of the process that took over when its own request failed after the end of the lease', async () => {
    class SlowHoldersStore extends ServerTokenStore {
      override async fail(lease: Lease, failure: RenewalFailure): Promise<boolean> {
        await super.release(lease);
        await hashBy(both.other, both);
        return super.fail(lease, failure);
      }
    }
    const both = await TwoProcesses.start({}, (server) => new SlowHoldersStore(server));
    ends.push(() => both.stop());
    both.lms.faults.add({ kind: 'html', on: 'token' });
    const hash = await hashBy(both.one, both);
    expect([await hashBy(both.other, both), both.tokenRequests]).toEqual([hash, 2]);
  });

  it('gives all callers the needed scopes when a renewal after a 401 is refused for one scope', async () => {
    const scene = await sceneWith();
    const campus = await scene.campus({ family: 'canvas' });
    const { accessToken: token } = await campus.authenticate();
    scene.clock.advance(MINUTE_MS);
    const { clientId } = campus.registration;
    scene.introduce(
      campus.lms,
      clientId,
      Object.values(Scope).filter((scope) => scope !== Scope.score),
    );
    const { url } = campus.lms;
    const wish = wishOf(campus, Scope.membershipReadonly);
    const renewed = await Promise.all(
      Array.from({ length: 3 }, () =>
        scene.refusedCalls.replaceToken(wish, { call: 'GET', url, tokens: [token] }),
      ),
    );
    expect(new Set(renewed.map(({ scopes }) => scopes.join(' ')))).toEqual(
      new Set([Scope.membershipReadonly]),
    );
    expect(campus.tokenRequests).toBe(3);
  });

  it('gives no caller a token that reached the store after the 401 to it', async () => {
    const commits = new Gate();
    class LateStore extends MemoryTokenStore {
      override async commit(lease: Lease, token: AccessToken): Promise<boolean> {
        return commits.pass(await super.commit(lease, token));
      }
    }
    const store = new FaultyTokenStore(new LateStore());
    const scene = await sceneWith(store);
    let answer: () => void = () => undefined;
    const platform = await LoopbackServer.start((response, _, nth) => {
      answer = () => response.end(`{"access_token":"token-${nth}","expires_in":3600}`);
      if (nth === 1) answer();
    });
    ends.push(() => platform.stop());
    const registration = registrationFixture({ tokenUrl: platform.url('/token') });
    store.faults.set('all', 'rejects');
    const { accessToken: token } = await scene.oauth.authenticate(registration, {});
    store.faults.clear();
    scene.clock.advance(MINUTE_MS);
    commits.shut();
    // The store is available again, and the token is stored.
    await scene.oauth.authenticate(registration, {});
    const replaced = scene.refusedCalls.replaceToken(wishOf({ registration }), {
      call: 'GET',
      url: platform.url('/course'),
      tokens: [token],
    });
    await new Promise(setImmediate);
    commits.open();
    await platform.untilRequests(2);
    const other = scene.oauth.authenticate(registration, {});
    await new Promise(setImmediate);
    answer();
    expect((await replaced).hash).not.toBe(token.hash);
    expect((await other).accessToken.hash).toBe((await replaced).hash);
    expect(platform.requests).toHaveLength(2);
  });

  it('gives a call the new token when another 401 renewed it during an earlier read of the store', async () => {
    const reads = new Gate();
    class SlowReadsStore extends MemoryTokenStore {
      override async get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
        return reads.pass(await super.get(key));
      }
    }
    const scene = await sceneWith(new FaultyTokenStore(new SlowReadsStore()));
    let answer: () => void = () => undefined;
    const platform = await LoopbackServer.start((response, _, nth) => {
      answer = () => response.end(`{"access_token":"token-${nth}","expires_in":3600}`);
      if (nth === 1) answer();
    });
    ends.push(() => platform.stop());
    const registration = registrationFixture({ tokenUrl: platform.url('/token') });
    const { accessToken: token } = await scene.oauth.authenticate(registration, {});
    scene.clock.advance(MINUTE_MS);
    const replace = (call: string): Promise<AccessToken> =>
      scene.refusedCalls.replaceToken(wishOf({ registration }), {
        call,
        url: platform.url('/course'),
        tokens: [token],
      });
    const renewing = replace('GET one');
    await platform.untilRequests(2);
    reads.shut();
    const reading = replace('GET other');
    await new Promise(setImmediate);
    answer();
    const { hash } = await renewing;
    reads.open();
    expect([(await reading).hash, platform.requests.length]).toEqual([hash, 2]);
  });

  it('keeps the token in use for one course when a renewal for another course fails', async () => {
    const scene = await sceneWith();
    let fail: () => void = () => undefined;
    const platform = await LoopbackServer.start((response, _, nth) => {
      if (nth === 1) return response.end('{"access_token":"good-elsewhere","expires_in":3600}');
      return (fail = () => response.writeHead(500).end());
    });
    ends.push(() => platform.stop());
    const registration = registrationFixture({ tokenUrl: platform.url('/token') });
    const { accessToken: token } = await scene.oauth.authenticate(registration, {});
    scene.clock.advance(MINUTE_MS);
    const refused = scene.refusedCalls.replaceToken(wishOf({ registration }), {
      call: 'GET',
      url: platform.url('/course'),
      tokens: [token],
    });
    const failed = expect(refused).rejects.not.toMatchObject({ code: 'authentication_failed' });
    await platform.untilRequests(2);
    const others = Array.from({ length: 3 }, () => scene.oauth.authenticate(registration, {}));
    await new Promise(setImmediate);
    fail();
    await failed;
    for (const { accessToken } of await Promise.all(others)) expect(accessToken.hash).toBe(token.hash);
    expect(platform.requests).toHaveLength(2);
  });

  it('starts the back-off from the beginning after the success of another process', async () => {
    const both = await TwoProcesses.start();
    ends.push(() => both.stop());
    const { one, other, registration, lms } = both;
    lms.faults.add({ kind: 'html', on: 'token', times: 'always' });
    for (let failure = 0; failure < 5; failure += 1) {
      await expect(one.oauth.authenticate(registration, {})).rejects.toThrow();
      both.advance(MINUTE_MS);
    }
    lms.faults.clear();
    await other.oauth.authenticate(registration, {});
    both.advance(60 * MINUTE_MS);
    lms.faults.add({ kind: 'html', on: 'token' });
    const error: unknown = await one.oauth.authenticate(registration, {}).catch((reason: unknown) => reason);
    const { retryAt } = error as { retryAt: Date };
    expect(retryAt.getTime() - one.clock.now().getTime()).toBeLessThanOrEqual(SECOND_MS);
  });
});
