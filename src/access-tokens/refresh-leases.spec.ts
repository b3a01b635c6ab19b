import { Logger } from '@nestjs/common';
import { LtiMetrics } from '../metrics/lti-metrics.js';
import { TokenMetrics } from '../metrics/token-metrics.js';
import { FakeClock } from '../testing/fake-clock.js';
import { AccessTokenKey } from './access-token.js';
import { MemoryTokenStore } from './stores/memory-token-store.js';
import { type Lease, type LeaseRequest } from './stores/token-store.js';
import { ResilientTokenStore } from './stores/resilient-token-store.js';
import { TokenRequestFailed } from './access-token.errors.js';
import { ChangeWatch, RefreshLeases } from './refresh-leases.js';

const key = new AccessTokenKey('0198a000-0000-7000-8000-000000000001', 1, []);

describe('RefreshLeases', () => {
  let clock: FakeClock;
  let registry: LtiMetrics['registry'];

  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => (clock = new FakeClock()));

  function leasesOn(store: MemoryTokenStore): RefreshLeases {
    const metrics = new LtiMetrics();
    ({ registry } = metrics);
    const tokenMetrics = new TokenMetrics(metrics);
    const leases = new RefreshLeases(
      new ResilientTokenStore(store, tokenMetrics, clock),
      tokenMetrics,
      clock,
    );
    leases.onModuleInit();
    return leases;
  }

  /** Resolves with whether somebody else had the lease before. */
  const hadToWait = async (leases: RefreshLeases): Promise<boolean | undefined> =>
    (await leases.acquireOr(key, () => undefined))?.waited;
  const heldElsewhere = async (store: MemoryTokenStore): Promise<Lease> =>
    (await store.acquire(key, { termMs: 5000, holder: 'another' }))!;
  const waits = async (): Promise<string | undefined> =>
    /nest_lti_token_wait_seconds_count (\d+)/.exec(await registry.metrics())?.[1];

  it('gets a free lease at once and reports that it did not wait', async () => {
    expect([await hadToWait(leasesOn(new MemoryTokenStore())), await waits()]).toEqual([false, '0']);
  });

  it('takes over from a holder that finished without a result', async () => {
    const store = new MemoryTokenStore();
    const leases = leasesOn(store);
    const theirs = await heldElsewhere(store);
    const waiting = hadToWait(leases);
    await clock.untilSleeping();
    await store.release(theirs);
    expect([await waiting, await waits()]).toEqual([true, '1']);
  });

  it('does not wait for a holder that finished while its lease was being looked up', async () => {
    class QuickHolderStore extends MemoryTokenStore {
      theirs: Lease | undefined;

      override async acquire(...asked: [AccessTokenKey, LeaseRequest]): Promise<Lease | undefined> {
        const lease = await super.acquire(...asked);
        if (lease === undefined && this.theirs !== undefined) await super.release(this.theirs);
        return lease;
      }
    }
    const store = new QuickHolderStore();
    const leases = leasesOn(store);
    store.theirs = await heldElsewhere(store);
    // The clock stands still: there is no second look but by the word of the change.
    expect(await hadToWait(leases)).toBe(true);
  });

  it('stops waiting for a lease that is held for longer than a request takes', async () => {
    const store = new MemoryTokenStore();
    const leases = leasesOn(store);
    await heldElsewhere(store);
    const waiting = expect(leases.acquireOr(key, () => undefined)).rejects.toThrow(TokenRequestFailed);
    for (let waitedMs = 0; waitedMs < 16_000; waitedMs += 250) {
      await clock.untilSleeping();
      clock.advance(250);
    }
    await waiting;
    expect(clock.sleeping).toBe(0);
  });

  it('returns a lease that arrives after we gave up on the store', async () => {
    let answer: () => void = () => undefined;
    class LateStore extends MemoryTokenStore {
      override async acquire(...asked: [AccessTokenKey, LeaseRequest]): Promise<Lease | undefined> {
        const lease = await super.acquire(...asked);
        await new Promise<void>((resolve) => (answer = resolve));
        return lease;
      }
    }
    const store = new LateStore();
    await expect(leasesOn(store).acquire(key)).rejects.toMatchObject({ code: 'token_store_unavailable' });
    const released = new Promise<void>((resolve) => store.onChange(() => resolve()));
    answer();
    await released;
    expect(await store.list(key.registrationId)).toEqual([]);
  });

  describe('that is extended while its holder works', () => {
    const HEARTBEAT_MS = 1500;
    beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }));
    afterEach(() => jest.useRealTimers());

    it.each([
      ['is extended until the work is done', true, 3],
      ['is given up when it is lost; the fence decides what becomes of the work', false, 1],
    ])('%s', async (_, isHeld, extensions) => {
      const store = new MemoryTokenStore();
      const extend = jest.spyOn(store, 'extend').mockResolvedValue(isHeld);
      let finish: (result: string) => void = () => undefined;
      const work = new Promise<string>((resolve) => (finish = resolve));
      const done = leasesOn(store).keep({ key, id: 'ours' }, () => work);
      for (let beat = 0; beat < 3; beat += 1) await jest.advanceTimersByTimeAsync(HEARTBEAT_MS);
      expect(extend.mock.calls).toEqual(Array(extensions).fill([{ key, id: 'ours' }, 5000]));
      finish('done');
      expect(await done).toBe('done');
      await jest.advanceTimersByTimeAsync(10 * HEARTBEAT_MS);
      expect(extend).toHaveBeenCalledTimes(extensions);
    });
  });
});

describe('ChangeWatch', () => {
  let clock: FakeClock;
  let watch: ChangeWatch;

  beforeEach(() => {
    clock = new FakeClock();
    watch = new ChangeWatch();
  });

  it('wakes at a change and leaves no waiting listener behind', async () => {
    const next = watch.next(clock, 250);
    watch.notify();
    await next;
    expect(clock.sleeping).toBe(0);
  });

  it('wakes when the waiting time is over', async () => {
    const next = watch.next(clock, 250);
    clock.advance(250);
    await next;
  });

  it('remembers once a change that came while no caller waited', async () => {
    watch.notify();
    watch.notify();
    await watch.next(clock, 250);
    const next = watch.next(clock, 250);
    expect(clock.sleeping).toBe(1);
    clock.advance(250);
    await next;
  });
});
