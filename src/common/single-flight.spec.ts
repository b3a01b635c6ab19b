import { SingleFlight } from './single-flight.js';

describe('SingleFlight', () => {
  let flight: SingleFlight<number>;
  let runs: number;
  const work = (): Promise<number> => Promise.resolve((runs += 1));
  beforeEach(() => {
    flight = new SingleFlight();
    runs = 0;
  });

  it('runs the work once for all callers with one key in that time, and again for later callers', async () => {
    expect(await Promise.all([flight.run('a', work), flight.run('a', work), flight.run('b', work)])).toEqual([
      1, 1, 2,
    ]);
    expect(await flight.run('a', work)).toBe(3);
  });

  it('starts the work again after it has failed', async () => {
    await expect(flight.run('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await flight.run('a', work)).toBe(1);
  });

  it.each([['a'], [undefined]])('does not share work that is forgotten (%s)', async (key) => {
    let finish: (result: number) => void = () => undefined;
    const old = flight.run('a', work);
    flight.forget(key);
    const next = flight.run('a', () => new Promise((resolve) => (finish = resolve)));
    // The end of the forgotten work does not end the sharing of the new work.
    expect(await old).toBe(1);
    expect(flight.get('a')).toBe(next);
    finish(2);
    expect(await next).toBe(2);
    expect(flight.get('a')).toBeUndefined();
  });

  it('settles when work that began in the meantime has ended too', async () => {
    let finish: (result: number) => void = () => undefined;
    const first = flight.run('a', async () => {
      await Promise.resolve();
      void flight.run('b', () => new Promise((resolve) => (finish = resolve)));
      return 0;
    });
    let isSettled = false;
    const settled = flight.settled().then(() => (isSettled = true));
    await first;
    await new Promise(setImmediate);
    expect(isSettled).toBe(false);
    finish(1);
    await settled;
    expect(flight.get('b')).toBeUndefined();
  });
});
