import { Logger } from '@nestjs/common';
import {
  type AuthenticationUndecided,
  TokenRequestRefused,
} from '../../src/access-tokens/access-token.errors.js';
import { type OAuthClient } from '../../src/access-tokens/oauth-client.js';
import { AccessToken, type AccessTokenKey } from '../../src/access-tokens/access-token.js';
import { type Lease, type StoredAccess } from '../../src/access-tokens/stores/token-store.js';
import { readRoster } from '../support/campus.js';
import { ServerTokenStore } from '../support/in-memory-store-server.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { TwoProcesses } from '../support/two-processes.js';
import { until } from '../support/until.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

describe('two processes with a shared store', () => {
  beforeAll(() => Logger.overrideLogger(false));
  let both: TwoProcesses;
  const ends: (() => void)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) end();
    await both.stop();
  });

  type Process = TwoProcesses['one'];
  const clientOf = (process: Process, contextId?: string): Promise<OAuthClient> => {
    const memberships = contextId === undefined ? undefined : both.lms.course(contextId).membershipsUrl;
    return process.oauth.authenticate(both.registration, memberships === undefined ? {} : { memberships });
  };
  const hashOf = async (process: Process): Promise<string> => (await clientOf(process)).accessToken.hash;
  /** The token request gets no answer until `finish` is called. */
  const slowly = async (begin: () => Promise<unknown>): Promise<{ finish: () => void }> => {
    both.lms.faults.add({ kind: 'latency', ms: SECOND_MS, on: 'token' });
    begin().catch(() => undefined);
    await both.clock.untilSleeping();
    return { finish: () => both.clock.advance(SECOND_MS) };
  };

  it('send one request: the second process waits for the first and is notified by it', async () => {
    both = await TwoProcesses.start();
    const { finish } = await slowly(() => hashOf(both.one));
    const waiting = hashOf(both.other);
    await both.other.clock.untilSleeping();
    finish();
    // The clock of the other process stands still, so the token came by a notification, and not by polling.
    expect(await waiting).toBe(await hashOf(both.one));
    expect(both.tokenRequests).toBe(1);
  });

  it('share one refusal: the waiting process gets the reason and the time of the next attempt', async () => {
    both = await TwoProcesses.start();
    both.registration.clientId = 'stranger';
    const { finish } = await slowly(() => hashOf(both.one));
    const waiting = hashOf(both.other);
    const refused = expect(waiting).rejects.toMatchObject({
      platformError: 'invalid_client',
      retryAt: new Date(both.one.clock.now().getTime() + MINUTE_MS),
    });
    await both.other.clock.untilSleeping();
    finish();
    await refused;
    await expect(hashOf(both.other)).rejects.toThrow(TokenRequestRefused);
    expect(both.tokenRequests).toBe(1);
  });

  it('find a change by reading the store when its notification is lost', async () => {
    class SilentStore extends ServerTokenStore {
      override onChange(): () => void {
        return () => undefined;
      }
    }
    both = await TwoProcesses.start({}, (server) => new SilentStore(server));
    const { finish } = await slowly(() => hashOf(both.one));
    const waiting = hashOf(both.other);
    await both.other.clock.untilSleeping();
    finish();
    const hash = await hashOf(both.one);
    both.other.clock.advance(250);
    expect(await waiting).toBe(hash);
    expect(both.tokenRequests).toBe(1);
  });

  it('renew early once, and the other process uses the new token at once', async () => {
    both = await TwoProcesses.start();
    const hash = await hashOf(both.one);
    expect(await hashOf(both.other)).toBe(hash);
    both.advance(56.5 * MINUTE_MS);
    expect(await hashOf(both.one)).toBe(hash);
    await both.atRest();
    const renewed = await hashOf(both.other);
    expect(renewed).not.toBe(hash);
    expect([await hashOf(both.one), both.tokenRequests]).toEqual([renewed, 2]);
  });

  it('keep the token of the process that took over, which the late process uses too', async () => {
    const lost: string[] = [];
    class SlowHoldersStore extends ServerTokenStore {
      /** As after a pause that is longer than the lease: another process has renewed meanwhile. */
      override async commit(lease: Lease, token: AccessToken): Promise<boolean> {
        if (lost.length === 0) {
          lost.push(token.hash);
          await super.release(lease);
          await hashOf(both.other);
        }
        return super.commit(lease, token);
      }
    }
    both = await TwoProcesses.start({}, (server) => new SlowHoldersStore(server));
    const hash = await hashOf(both.one);
    expect(hash).not.toBe(lost[0]);
    expect([await hashOf(both.other), both.tokenRequests]).toEqual([hash, 2]);
  });

  it('force one renewal of an invalid token', async () => {
    both = await TwoProcesses.start();
    const { contextId } = both.lms.addCourse({ members: 2 });
    const clients = await Promise.all([both.one, both.other].map((side) => clientOf(side, contextId)));
    both.advance(MINUTE_MS);
    both.lms.expireTokens();
    const answers = await Promise.all(
      clients.flatMap((client) => Array.from({ length: 50 }, () => readRoster(client))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(both.tokenRequests).toBe(2);
  });

  it('force one renewal in a minute at a platform that returns the same token again', async () => {
    both = await TwoProcesses.start();
    let tokenRequests = 0;
    const lms = await LoopbackServer.start((response, { url }) => {
      if (url !== '/token') return response.writeHead(401).end();
      tokenRequests += 1;
      return response.end('{"access_token":"always-the-same","expires_in":3600}');
    });
    try {
      both.registration.tokenUrl = lms.url('/token');
      const endpoints = { memberships: lms.url('/closed') };
      const clients = await Promise.all(
        [both.one, both.other].map(({ oauth }) => oauth.authenticate(both.registration, endpoints)),
      );
      // Both get a conclusive answer after two tries.
      for (const requests of [2, 3, 3]) {
        both.advance(MINUTE_MS);
        for (const client of [...clients, ...clients]) {
          await expect(readRoster(client)).rejects.toMatchObject({ code: 'authentication_failed' });
        }
        expect(tokenRequests).toBe(requests);
      }
    } finally {
      await lms.stop();
    }
  });

  it('force one renewal in a minute by the clock of the store, however different their own clocks are', async () => {
    both = await TwoProcesses.start();
    const { contextId } = both.lms.addCourse({ members: 2 });
    const [one, other] = [await clientOf(both.one, contextId), await clientOf(both.other, contextId)];
    both.one.clock.advance(2 * MINUTE_MS);
    both.lms.expireTokens();
    expect((await readRoster(one)).status).toBe(200);
    both.lms.expireTokens();
    const refused: unknown = await readRoster(other).catch((error: unknown) => error);
    expect(refused).toMatchObject({ conclusive: false });
    expect(both.lms.counts.tokensIssued).toBe(2);
    both.advance(MINUTE_MS);
    expect((await readRoster(other)).status).toBe(200);
    expect((await readRoster(one)).status).toBe(200);
    expect(both.lms.counts.tokensIssued).toBe(3);
  });

  it('find out at the next attempt of a call which process refused it first', async () => {
    both = await TwoProcesses.start();
    const [healthy, withdrawn] = [1, 2].map(() => both.lms.addCourse({ members: 2 }).contextId);
    const client = await clientOf(both.one, healthy);
    both.lms.expireTokens();
    expect((await readRoster(client)).status).toBe(200);
    both.lms.withdrawTool(withdrawn!);
    const failure: unknown = await clientOf(both.one, withdrawn)
      .then(readRoster)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ conclusive: false });

    both.advance(30 * SECOND_MS);
    expect((await readRoster(await clientOf(both.other, healthy))).status).toBe(200);
    const again = both.other.oauth.authenticate(
      both.registration,
      { memberships: both.lms.course(withdrawn!).membershipsUrl },
      { refusedCall: (failure as AuthenticationUndecided).refusedCall },
    );
    await expect(again.then(readRoster)).rejects.toMatchObject({ conclusive: true });
    expect(both.tokenRequests).toBe(2);
  });

  it('force a renewal each, and log it, when the store keeps neither time nor forced renewals', async () => {
    class OldStore extends ServerTokenStore {
      override commit(lease: Lease, { value, scopes, issuedAt, expiresAt }: AccessToken): Promise<boolean> {
        return super.commit(lease, new AccessToken({ value, scopes, issuedAt, expiresAt }));
      }
    }
    const warnings: string[] = [];
    const warn = jest
      .spyOn(Logger.prototype, 'warn')
      .mockImplementation((text) => void warnings.push(String(text)));
    ends.push(() => warn.mockRestore());
    both = await TwoProcesses.start({}, (server) => Object.assign(new OldStore(server), { now: undefined }));
    const { contextId } = both.lms.addCourse({ members: 2 });
    const clients = [await clientOf(both.one, contextId), await clientOf(both.other, contextId)];
    for (const client of clients) {
      both.lms.expireTokens();
      expect((await readRoster(client)).status).toBe(200);
      both.lms.expireTokens();
      await expect(readRoster(client)).rejects.toMatchObject({ conclusive: false });
    }
    expect(both.tokenRequests).toBe(3);
    expect(warnings.filter((text) => text.includes('`now()`'))).toHaveLength(2);
    expect(warnings.filter((text) => text.includes('`forcedAt`'))).toHaveLength(2);
  });

  it('renew an invalid token also if a process whose clock is ahead requested it', async () => {
    both = await TwoProcesses.start();
    const { contextId } = both.lms.addCourse({ members: 2 });
    both.one.clock.advance(5 * MINUTE_MS);
    await hashOf(both.one);
    const client = await clientOf(both.other, contextId);
    expect(client.accessToken.issuedAt > both.other.clock.now()).toBe(true);
    both.advance(MINUTE_MS);
    both.lms.expireTokens();
    expect((await readRoster(client)).status).toBe(200);
    // The platform first refuses the assertion of the first process, because its times are in the future.
    expect([both.tokenRequests, both.lms.counts.tokensIssued]).toEqual([3, 2]);
  });

  it('send no burst of requests when one cannot decrypt what the other writes', async () => {
    let count = 0;
    class OtherKeysStore extends ServerTokenStore {
      private readonly side = (count += 1);
      private readonly own = new Set<string>();

      override async get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
        const stored = await super.get(key);
        // The newer process decrypts all tokens; the older one only its own.
        if (stored?.token === undefined || this.side === 1 || this.own.has(stored.token.hash)) return stored;
        return { unreadable: true };
      }

      override commit(lease: Lease, token: AccessToken): Promise<boolean> {
        this.own.add(token.hash);
        return super.commit(lease, token);
      }
    }
    both = await TwoProcesses.start({}, (server) => new OtherKeysStore(server));
    const random = jest.spyOn(Math, 'random');
    ends.push(() => random.mockRestore());
    /** The newer process is the first to renew early. */
    const passTime = async (times: number, ms: number): Promise<void> => {
      for (let nth = 0; nth < times; nth += 1) {
        random.mockReturnValue(0);
        await hashOf(both.one);
        random.mockReturnValue(0.99);
        await hashOf(both.other);
        await both.atRest();
        both.advance(ms);
      }
    };
    await passTime(50, MINUTE_MS);
    expect(both.tokenRequests).toBe(2);
    // In an early renewal, the older process does not restore its own token.
    await passTime(600, SECOND_MS);
    expect(both.tokenRequests).toBeLessThanOrEqual(4);
  });

  it('both stop using a token at once when it is deleted from the store', async () => {
    both = await TwoProcesses.start();
    const hash = await hashOf(both.one);
    await hashOf(both.other);
    const [keyId] = both.server.entries.keys();
    await new ServerTokenStore(both.server).delete({ id: keyId! });
    const renewed = await hashOf(both.other);
    expect([renewed === hash, await hashOf(both.one)]).toEqual([false, renewed]);
    expect(both.tokenRequests).toBe(2);
  });

  it('use a token from their own memory for a minute before they read the store again', async () => {
    let reads = 0;
    class CountingStore extends ServerTokenStore {
      override get(key: AccessTokenKey): Promise<StoredAccess | undefined> {
        reads += 1;
        return super.get(key);
      }
    }
    both = await TwoProcesses.start({}, (server) => new CountingStore(server));
    await hashOf(both.one);
    await hashOf(both.other);
    await until('the word of the commit', async () => {
      await hashOf(both.other);
      return Promise.resolve(true);
    });
    const before = reads;
    both.advance(MINUTE_MS - 1);
    for (let call = 0; call < 20; call += 1) await hashOf(both.other);
    expect(reads).toBe(before);
    both.advance(1);
    for (let call = 0; call < 20; call += 1) await hashOf(both.other);
    expect([reads, both.tokenRequests]).toEqual([before + 1, 1]);
  });
});
