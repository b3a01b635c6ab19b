import { storeTimes } from '../../src/access-tokens/stores/resilient-token-store.js';
import { describeWithRedis } from '../support/redis-fixture.js';
import { type StoreName, TokenStage } from '../support/token-stage.js';
import { clockCases } from './clocks.cases.js';
import { deadHolderCases } from './dead-holders.cases.js';
import { herdCases } from './herd.cases.js';
import { keyCases } from './keys.cases.js';
import { type Outage, outageCases } from './outages.cases.js';
import { lineItemCases } from './line-items.cases.js';
import { rejectedCases } from './rejected.cases.js';
import { userGrantCases } from './user-grants.cases.js';

const PROCESSES = 8;
/**
 * For the cases in which the store is there. On a busy machine an answer can take longer than the 500 ms after which a process requests
 * a token of its own, as in an outage.
 */
const STORE_IS_THERE = { callMs: 15_000 };
/** In each direction, so every answer comes after the caller's time-out. */
const SLOWNESS_MS = 300;

const outages: Record<'redis' | 'postgres', Outage[]> = {
  redis: [
    {
      what: 'stops, and comes back empty',
      begin: ({ redis }) => redis.kill(),
      end: ({ redis }) => redis.restart(),
    },
    {
      what: 'hangs',
      begin: ({ redis }) => redis.pause(),
      end: ({ redis }) => redis.resume(),
    },
  ],
  postgres: [
    {
      what: 'stops, and comes back',
      begin: (stage) => stage.stopPostgres(),
      end: (stage) => stage.restartPostgres(),
    },
    {
      what: 'becomes slow',
      begin: ({ wayToPostgres }) => wayToPostgres.slowDown(SLOWNESS_MS),
      end: ({ wayToPostgres }) => wayToPostgres.slowDown(0),
    },
  ],
};

// One fleet for all cases, because the start of a process with NestJS takes two seconds of CPU time.
describe('access tokens in several processes', () => {
  let stage: TokenStage;
  const theStage = (): TokenStage => stage;

  beforeAll(async () => {
    stage = await TokenStage.start();
    await stage.fill(PROCESSES);
  }, 120_000);
  afterAll(() => stage.stop());

  const on = (store: keyof typeof outages) => (): void => {
    beforeAll(async () => {
      await stage.fill(PROCESSES);
      await stage.open(store, stage.processes, stage.settings(store));
      await stage.setStoreTimes(store, STORE_IS_THERE);
    }, 60_000);
    afterAll(() => stage.close(store));

    herdCases(theStage, store);
    rejectedCases(theStage, store);
    keyCases(theStage, store);
    clockCases(theStage, store);
    describe('and its time-out', () => {
      beforeAll(() => stage.setStoreTimes(store, storeTimes));
      afterAll(() => stage.setStoreTimes(store, STORE_IS_THERE));
      outageCases(theStage, store, outages[store]);
    });
    // Last, because one of the processes is killed.
    deadHolderCases(theStage, store);
  };
  describeWithRedis('with the Redis store', on('redis'));
  describe('with the Postgres store, on a server for 100 connections', on('postgres'));

  it('are requested once by each process with the memory store', async () => {
    const store: StoreName = 'memory';
    const processes = stage.processes.slice(0, 2);
    await stage.open(store, processes, stage.settings(store));
    const campus = await stage.campus(store);

    const { outcomes, tokens } = await campus.authenticate(processes, 1000);

    expect(outcomes).toEqual({ 200: 2000 });
    expect(tokens).toHaveLength(2);
    expect(campus.tokenRequests).toBe(2);
  });

  // Not about tokens, but it uses the same processes.
  lineItemCases(theStage);
  userGrantCases(theStage);
});
