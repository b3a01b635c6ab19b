import { GIVEN_BACK_AFTER_MS, JobSlots, MOST_WAITING } from './job-slots.js';

const CONCURRENCY = 4;

describe('JobSlots', () => {
  let active: number;
  let slots: JobSlots;

  beforeEach(() => {
    jest.useFakeTimers();
    active = CONCURRENCY;
    slots = new JobSlots(CONCURRENCY, (count) => (active = count));
  });
  afterEach(() => jest.useRealTimers());

  /** A job that waits for a promise that the test settles. */
  function startJob(): { answer: () => Promise<void> } {
    const answered = deferred();
    const done = slots.run(async (slot) => {
      slot.waitsFor(answered.promise);
      await answered.promise;
    });
    const answer = (): Promise<void> => {
      answered.resolve();
      return done;
    };
    return { answer };
  }

  it('takes one job more while a job waits for a fifth of a second or longer', async () => {
    const job = startJob();
    jest.advanceTimersByTime(GIVEN_BACK_AFTER_MS - 1);
    expect(active).toBe(CONCURRENCY);
    jest.advanceTimersByTime(1);
    expect(active).toBe(CONCURRENCY + 1);
    await job.answer();
    expect(active).toBe(CONCURRENCY);
  });

  it('counts a job that gets answers, even if another of its requests is not answered', async () => {
    const never = new Promise(() => undefined);
    await slots.run(async (slot) => {
      slot.waitsFor(never);
      for (let nth = 0; nth < 5; nth += 1) {
        jest.advanceTimersByTime(GIVEN_BACK_AFTER_MS - 1);
        const answer = Promise.resolve();
        slot.waitsFor(answer);
        await answer;
        expect(active).toBe(CONCURRENCY);
      }
      jest.advanceTimersByTime(GIVEN_BACK_AFTER_MS);
      expect(active).toBe(CONCURRENCY + 1);
    });
    expect(active).toBe(CONCURRENCY);
    jest.advanceTimersByTime(GIVEN_BACK_AFTER_MS);
    expect(active).toBe(CONCURRENCY);
  });

  it('counts a job again whose wait has failed', async () => {
    const failed = deferred();
    await slots.run(async (slot) => {
      slot.waitsFor(failed.promise);
      jest.advanceTimersByTime(GIVEN_BACK_AFTER_MS);
      expect(active).toBe(CONCURRENCY + 1);
      failed.reject(new Error('The platform did not answer.'));
      await expect(failed.promise).rejects.toThrow('did not answer');
      expect(active).toBe(CONCURRENCY);
    });
  });

  it('counts a job no more that has failed while it waited', async () => {
    const never = new Promise(() => undefined);
    const failed = slots.run((slot) => {
      slot.waitsFor(never);
      jest.advanceTimersByTime(GIVEN_BACK_AFTER_MS);
      return Promise.reject(new Error('The database cannot be reached.'));
    });
    expect(active).toBe(CONCURRENCY + 1);
    await expect(failed).rejects.toThrow('database');
    expect(active).toBe(CONCURRENCY);
  });

  it('gives back a bounded number of slots', async () => {
    const jobs = Array.from({ length: MOST_WAITING + 5 }, startJob);
    jest.advanceTimersByTime(GIVEN_BACK_AFTER_MS);
    expect(active).toBe(CONCURRENCY + MOST_WAITING);
    await Promise.all(jobs.map((job) => job.answer()));
    expect(active).toBe(CONCURRENCY);
  });
});

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
