import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { readAhead } from './read-ahead.js';

describe('readAhead', () => {
  /** The numbers from 1, of which each is requested when the one before was taken. It fails at `failsAt`. */
  const numbers = (last: number, failsAt?: number) => {
    const requested: number[] = [];
    let lastSignal: AbortSignal | undefined;
    async function* read(signal: AbortSignal): AsyncGenerator<number, void, void> {
      lastSignal = signal;
      for (let nth = 1; nth <= last; nth += 1) {
        requested.push(nth);
        await turn();
        if (nth === failsAt) throw new Error('The platform does not answer.');
        signal.throwIfAborted();
        yield nth;
      }
    }
    return { read, requested, isAborted: () => lastSignal?.aborted };
  };
  const never = new AbortController().signal;

  it('requests the next page while the last one is used, and no other', async () => {
    const { read, requested } = numbers(4);
    const used: number[] = [];
    for await (const page of readAhead(read, never)) {
      for (let nth = 0; nth < 5; nth += 1) await turn();
      used.push(page);
      expect(requested).toEqual([1, 2, 3, 4].slice(0, page + 1));
    }
    expect(used).toEqual([1, 2, 3, 4]);
  });

  it('fails after the pages before the failure were used', async () => {
    const { read } = numbers(4, 3);
    const used: number[] = [];
    const reading = async () => {
      for await (const page of readAhead(read, never)) {
        await turn();
        await turn();
        used.push(page);
      }
    };
    await expect(reading()).rejects.toThrow('The platform does not answer.');
    expect(used).toEqual([1, 2]);
  });

  it('ends the request for the next page when the last one cannot be used', async () => {
    const { read, requested, isAborted } = numbers(4);
    const reading = async () => {
      for await (const page of readAhead(read, never)) throw new Error(`Page ${page} cannot be stored.`);
    };
    await expect(reading()).rejects.toThrow('Page 1 cannot be stored.');
    expect(isAborted()).toBe(true);
    for (let nth = 0; nth < 5; nth += 1) await turn();
    expect(requested).toEqual([1, 2]);
  });

  it('ends the reading, too, when the next page has come already', async () => {
    let isEnded = false;
    async function* read(): AsyncGenerator<number, void, void> {
      try {
        yield await Promise.resolve(1);
        yield await Promise.resolve(2);
      } finally {
        isEnded = true;
      }
    }
    const reading = async () => {
      for await (const page of readAhead(read, never)) {
        for (let nth = 0; nth < 5; nth += 1) await turn();
        throw new Error(`Page ${page} cannot be stored.`);
      }
    };
    await expect(reading()).rejects.toThrow('Page 1 cannot be stored.');
    await turn();
    expect(isEnded).toBe(true);
  });

  it("passes the reason of the caller's signal on, and leaves no listener on it", async () => {
    const stopping = new AbortController();
    const { read } = numbers(4);
    const reading = async () => {
      for await (const page of readAhead(read, stopping.signal))
        if (page === 2) stopping.abort(new Error('The process stops.'));
    };
    await expect(reading()).rejects.toThrow('The process stops.');
    expect(getEventListeners(stopping.signal, 'abort')).toEqual([]);
  });
});
