import { RequestQueue } from './request-queue.js';

function queueOf(concurrency: number) {
  const gate = { concurrency };
  return {
    gate,
    queue: new RequestQueue(
      () => gate.concurrency,
      () => true,
    ),
  };
}

it('starts as many requests as there are slots, and the others in their order as slots come free', async () => {
  const { queue } = queueOf(2);
  expect([queue.tryEnter(), queue.tryEnter(), queue.tryEnter()]).toEqual([true, true, false]);
  const entered: number[] = [];
  const entering = [1, 2].map((nr) => queue.enter(undefined).then(() => entered.push(nr)));
  queue.leave();
  await entering[0];
  expect(entered).toEqual([1]);
  queue.leave();
  await entering[1];
  expect([queue.inFlight, queue.waiting]).toEqual([2, 0]);
});

it('starts no request ahead of waiting requests', async () => {
  const { gate, queue } = queueOf(1);
  queue.tryEnter();
  const first = queue.enter(undefined);
  gate.concurrency = 2;
  expect(queue.tryEnter()).toBe(false);
  queue.admit();
  expect(await first).toBe(true);
});

it('lets no request wait when there are no slots left', async () => {
  const { gate, queue } = queueOf(1);
  queue.tryEnter();
  const waiting = queue.enter(undefined);
  gate.concurrency = 0;
  queue.admit();
  expect(await waiting).toBe(false);
  expect(await queue.enter(undefined)).toBe(false);
});

it('removes a request that its caller aborted', async () => {
  const { queue } = queueOf(1);
  queue.tryEnter();
  const abort = new AbortController();
  const reason = new Error('cancelled');
  const leaving = expect(queue.enter(abort.signal)).rejects.toBe(reason);
  abort.abort(reason);
  await leaving;
  queue.leave();
  expect([queue.inFlight, queue.waiting]).toEqual([0, 0]);
  await expect(queue.enter(abort.signal)).rejects.toBe(reason);
});

it('starts no request that the gate does not allow', () => {
  let left = 1;
  const queue = new RequestQueue(
    () => 9,
    () => (left -= 1) >= 0,
  );
  expect([queue.tryEnter(), queue.tryEnter()]).toEqual([true, false]);
});
