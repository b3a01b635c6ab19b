import { SlotQueue } from './slot-queue.js';

function queueOf(slots: number) {
  const gate = { slots, mayGo: () => true, went: () => undefined };
  return { gate, queue: new SlotQueue(gate) };
}

it('lets in so many, and the others in their order as slots come free', async () => {
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

it('lets nobody pass by those who wait', async () => {
  const { gate, queue } = queueOf(1);
  queue.tryEnter();
  const first = queue.enter(undefined);
  gate.slots = 2;
  expect(queue.tryEnter()).toBe(false);
  queue.admit();
  expect(await first).toBe(true);
});

it('sends away those in line when there are no slots any more, and keeps none waiting then', async () => {
  const { gate, queue } = queueOf(1);
  queue.tryEnter();
  const waiting = queue.enter(undefined);
  gate.slots = 0;
  queue.admit();
  expect(await waiting).toBe(false);
  expect(await queue.enter(undefined)).toBe(false);
});

it('forgets who gives up', async () => {
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

it('asks the gate for each', () => {
  let left = 1;
  const queue = new SlotQueue({ slots: 9, mayGo: () => left > 0, went: () => (left -= 1) });
  expect([queue.tryEnter(), queue.tryEnter()]).toEqual([true, false]);
});
