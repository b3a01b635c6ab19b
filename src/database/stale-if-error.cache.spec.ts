import { Logger } from '@nestjs/common';
import { FakeClock } from '../testing/fake-clock.js';
import { databaseErrors } from './database.errors.js';
import { StaleIfErrorCache } from './stale-if-error.cache.js';

const STALE_MS = 60_000;
const outage = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
const silence = (): Promise<never> => new Promise(() => undefined);
const answer = (value: string) => () => Promise.resolve(value);

describe('a stale-if-error cache', () => {
  let clock: FakeClock;
  let copies: StaleIfErrorCache<string>;
  let warn: jest.SpyInstance;
  let log: jest.SpyInstance;
  beforeEach(() => {
    clock = new FakeClock();
    copies = new StaleIfErrorCache('things', 3, clock);
    warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    log = jest.spyOn(Logger.prototype, 'log').mockReturnValue(undefined);
  });
  afterEach(() => jest.restoreAllMocks());

  /** A copy that is old enough for the database to be asked again. */
  async function stale(...keys: string[]): Promise<void> {
    for (const key of keys) await copies.read(key, answer('old'));
    clock.advance(STALE_MS);
  }

  it('serves a copy for a minute, and not when the clock went back', async () => {
    await copies.read('a', answer('old'));
    clock.advance(STALE_MS - 1);
    expect(await copies.read('a', answer('new'))).toBe('old');
    clock.advance(1);
    expect(await copies.read('a', answer('new'))).toBe('new');
    clock.advance(-1);
    expect(await copies.read('a', answer('newer'))).toBe('newer');
  });

  it('reads once for all callers at the same time', async () => {
    const read = jest.fn(answer('one'));
    await Promise.all([copies.read('a', read), copies.read('a', read), copies.read('a', read)]);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('serves a copy while the database refuses connections, with one warning and one log line when it is back', async () => {
    await stale('a', 'b');
    for (let nth = 0; nth < 3; nth += 1) {
      clock.advance(5000);
      expect(await copies.read('a', outage)).toBe('old');
      expect(await copies.read('b', outage)).toBe('old');
    }
    expect(warn).toHaveBeenCalledTimes(1);
    clock.advance(5000);
    expect(await copies.read('a', answer('new'))).toBe('new');
    expect(await copies.read('b', answer('new'))).toBe('new');
    expect(log).toHaveBeenCalledTimes(1);
  });

  it('does not query an unavailable database for each call', async () => {
    await stale('a', 'b');
    const read = jest.fn(outage);
    for (const key of ['a', 'b', 'a', 'b']) expect(await copies.read(key, read)).toBe('old');
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('serves a copy while the database does not answer, and only one call waits for it', async () => {
    await stale('a', 'b');
    const read = jest.fn(silence);
    expect(await copies.read('a', read)).toBe('old');
    clock.advance(STALE_MS);
    for (const key of ['a', 'b']) expect(await copies.read(key, read)).toBe('old');
    expect(read).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('stores an answer that arrives after its caller continued with a copy', async () => {
    await stale('a');
    let answerLate: (value: string) => void = () => undefined;
    const late = new Promise<string>((resolve) => (answerLate = resolve));
    expect(await copies.read('a', () => late)).toBe('old');
    answerLate('late');
    await late;
    expect(await copies.read('a', silence)).toBe('late');
  });

  it('deletes a copy when the answer says that the row is gone', async () => {
    await stale('a');
    await expect(copies.read('a', () => Promise.reject(databaseErrors.migrationsPending()))).rejects.toThrow(
      'lacks migrations',
    );
    await expect(copies.read('a', outage)).rejects.toThrow('ECONNREFUSED');
    expect(warn).not.toHaveBeenCalled();
  });

  it('serves a copy after an unexpected error, which it logs', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    await stale('a');
    expect(await copies.read('a', () => Promise.reject(new Error('unforeseen')))).toBe('old');
    expect(log).toHaveBeenCalledWith(expect.stringContaining('unforeseen'));
    expect(await copies.read('a', silence)).toBe('old');
  });

  it('reports the outage for a row that was never read', async () => {
    await expect(copies.read('a', outage)).rejects.toThrow('ECONNREFUSED');
    expect(await copies.read('a', answer('new'))).toBe('new');
  });

  it('deletes copies on demand, together with reads in progress', async () => {
    let answerOld: (value: string) => void = () => undefined;
    const reading = copies.read('a', () => new Promise((resolve) => (answerOld = resolve)));
    copies.forget('a');
    expect(await copies.read('a', answer('new'))).toBe('new');
    answerOld('old');
    await reading;
    expect(await copies.read('a', silence)).toBe('new');
  });

  it('has a maximum size: the copies that were unused for the longest time are deleted', async () => {
    for (const key of ['a', 'b', 'c']) await copies.read(key, answer('old'));
    await copies.read('a', silence);
    await copies.read('d', answer('old'));
    expect(await copies.read('a', answer('new'))).toBe('old');
    expect(await copies.read('b', answer('new'))).toBe('new');
  });
});
