import { Periodic } from './periodic.js';

it('starts no second run while one is in progress', async () => {
  let end: () => void = () => undefined;
  const work = jest.fn(() => new Promise<void>((resolve) => (end = resolve)));
  const periodic = new Periodic(work, () => undefined);
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

it('reports a failure, and runs again at the next tick', async () => {
  const failure = new Error('the database is down');
  const work = jest.fn(() => Promise.reject(failure));
  const failures: unknown[] = [];
  const periodic = new Periodic(work, (error) => failures.push(error));
  await periodic.tick();
  await periodic.tick();
  expect(failures).toEqual([failure, failure]);
});
