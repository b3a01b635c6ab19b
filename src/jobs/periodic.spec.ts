import { type Logger } from '@nestjs/common';
import { Periodic } from './periodic.js';

/** Work that ends when `end` is called. */
function heldWork() {
  let end: () => void = () => undefined;
  const work = jest.fn((_stopping: AbortSignal) => new Promise<void>((resolve) => (end = resolve)));
  return { work, end: () => end() };
}

function loggerOf(errors: unknown[]): Logger {
  return { error: (text: unknown) => errors.push(text) } as unknown as Logger;
}

it('starts no second run while one is in progress', async () => {
  const { work, end } = heldWork();
  const periodic = new Periodic(loggerOf([]), 'It failed', work);
  const first = periodic.tick();
  await periodic.tick();
  expect(work).toHaveBeenCalledTimes(1);
  end();
  await first;
  const second = periodic.tick();
  expect(work).toHaveBeenCalledTimes(2);
  end();
  await second;
});

it('runs once more after the run in progress if the next run is asked for', async () => {
  const { work, end } = heldWork();
  const periodic = new Periodic(loggerOf([]), 'It failed', work);
  const first = periodic.tick();
  const next = periodic.next();
  expect(work).toHaveBeenCalledTimes(1);
  end();
  await first;
  await Promise.resolve();
  expect(work).toHaveBeenCalledTimes(2);
  end();
  await next;
});

it('logs a failure, and runs again at the next tick', async () => {
  const errors: unknown[] = [];
  const work = () => Promise.reject(new Error('the database is down'));
  const periodic = new Periodic(loggerOf(errors), 'It failed', work);
  await periodic.tick();
  await periodic.tick();
  expect(errors).toEqual([
    'It failed: Error: the database is down',
    'It failed: Error: the database is down',
  ]);
});

it('aborts the run in progress when it stops, waits for its end, and runs no more', async () => {
  const errors: unknown[] = [];
  const work = jest.fn((stopping: AbortSignal) => {
    return new Promise<void>((_, reject) =>
      stopping.addEventListener('abort', () => reject(new Error('aborted'))),
    );
  });
  const periodic = new Periodic(loggerOf(errors), 'It failed', work);
  const run = periodic.tick();
  await periodic.stop();
  await run;
  await periodic.tick();
  await periodic.next();
  expect(work).toHaveBeenCalledTimes(1);
  expect(errors).toEqual([]);
});
