import { orAbort } from './bounded-wait.js';

const never = new Promise<never>(() => undefined);
const reason = new Error('enough');

it('does not wait for a promise after its signal has aborted', async () => {
  await expect(orAbort(never, AbortSignal.abort(reason))).rejects.toBe(reason);
});

it('does not wait for a promise when its signal aborts', async () => {
  const caller = new AbortController();
  const waiting = orAbort(never, caller.signal);
  caller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});

it('returns the result of a promise, with a signal and without one', async () => {
  const { signal } = new AbortController();
  expect([await orAbort(Promise.resolve(1), signal), await orAbort(Promise.resolve(2), undefined)]).toEqual([
    1, 2,
  ]);
});
