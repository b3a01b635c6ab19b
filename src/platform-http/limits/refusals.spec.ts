import { allot } from './allotments.js';
import { type LimitRecord, NEW_RECORD } from './limit-record.js';
import { refuse } from './refusals.js';

const NOW = 1_767_600_000_000;
const first = refuse(NEW_RECORD, { pauseId: 'one', sentAt: NOW - 50, pauseEnd: NOW + 1000 }, NOW);

it('pauses the platform and halves its limit', () => {
  expect(first.pause).toEqual({ id: 'one', until: NOW + 1000 });
  expect(first.slowDown).toEqual({ level: 0.5, since: NOW + 1000, measured: null });
});

it('counts once with the others that were sent before the pause, also when it comes after it', () => {
  const straggler = { pauseId: 'two', sentAt: NOW - 20, pauseEnd: NOW + 500 };
  expect(refuse(first, straggler, NOW + 3000)).toBe(first);
});

it('makes the pause longer when it was told a later time, and slows nothing down again', () => {
  const longer = refuse(first, { pauseId: 'two', sentAt: NOW - 20, pauseEnd: NOW + 9000 }, NOW + 100);
  expect(longer.pause).toEqual({ id: 'two', until: NOW + 9000 });
  expect(longer.slowDown).toEqual({ level: 0.5, since: NOW + 9000, measured: null });
});

it('counts again when it was sent after the pause', () => {
  const again = refuse(first, { pauseId: 'two', sentAt: NOW + 1000, pauseEnd: NOW + 3000 }, NOW + 1050);
  expect(again.slowDown.level).toBe(0.25);
});

it('measures what all living processes sent', () => {
  const full = { slots: 8, perSecond: undefined };
  const with2 = ['a', 'b'].reduce<LimitRecord>(
    (record, id) =>
      allot(record, { id, inFlight: 0, wants: 1, full, sent: id === 'a' ? 30 : 12 }, NOW).record,
    NEW_RECORD,
  );
  const dead = { ...with2.holders[0]!, id: 'dead', until: NOW };
  const record = { ...with2, holders: [...with2.holders, dead] };
  const refusal = { pauseId: 'one', sentAt: NOW - 50, pauseEnd: NOW + 1000 };
  expect(refuse(record, refusal, NOW).slowDown.measured).toBe(42);
});
