import { Cooldown } from './cooldown.js';

const START = 1_767_600_000_000;
const at = (seconds: number): number => START + seconds * 1000;
const dateAt = (seconds: number): Date => new Date(at(seconds));

/** Refused as soon as it was sent. */
function refuse(cooldown: Cooldown, nowMs: number, retryAfter?: Date): Date {
  return cooldown.refused(nowMs, nowMs, retryAfter).end;
}

it('doubles the cooldown from 1 s to 30 s while refusals continue', () => {
  const cooldown = new Cooldown(() => 0);
  let now = START;
  const lengths = Array.from({ length: 7 }, () => {
    const end = refuse(cooldown, now).getTime();
    const length = end - now;
    now = end;
    return length / 1000;
  });
  expect(lengths).toEqual([1, 2, 4, 8, 16, 30, 30]);
});

it('shortens the cooldown at random by up to half, so that processes do not return together', () => {
  expect(refuse(new Cooldown(() => 0.999), START)).toEqual(dateAt(0.501));
});

it('starts with a cooldown of 1 s again after a request was accepted', () => {
  const cooldown = new Cooldown(() => 0);
  refuse(cooldown, START);
  refuse(cooldown, at(1));
  cooldown.accepted(at(3));
  expect(refuse(cooldown, at(3))).toEqual(dateAt(4));
});

it('counts the refusals of requests that were in flight together once', () => {
  const cooldown = new Cooldown(() => 0);
  expect(cooldown.refused(START, START, undefined)).toEqual({
    end: dateAt(1),
    isFirst: true,
    isLonger: true,
  });
  expect(cooldown.refused(at(0.2), START, undefined)).toEqual({
    end: dateAt(1),
    isFirst: false,
    isLonger: false,
  });
  expect(cooldown.refused(at(1), at(1), undefined)).toMatchObject({ end: dateAt(3), isFirst: true });
});

it('does not start again for the late refusal of a request that was sent before the cooldown', () => {
  const cooldown = new Cooldown(() => 0);
  refuse(cooldown, START);
  expect(cooldown.refused(at(5), at(-1), undefined)).toMatchObject({ end: dateAt(1), isFirst: false });
  expect(cooldown.isOver(at(5))).toBe(true);
});

it('does not get shorter, or start from 1 s again, when a request from before the cooldown is accepted', () => {
  const cooldown = new Cooldown(() => 0);
  refuse(cooldown, START);
  cooldown.accepted(at(0.5));
  expect(cooldown.endsAt(at(0.6))).toEqual(dateAt(1));
  expect(refuse(cooldown, at(1))).toEqual(dateAt(3));
});

it('lasts as long as the platform says, by the longest delay that it gave', () => {
  const cooldown = new Cooldown(() => 0);
  const isLonger = [10, 20, 15].map((end) => cooldown.refused(START, START, dateAt(end)).isLonger);
  expect(isLonger).toEqual([true, true, false]);
  expect(cooldown.endsAt(at(19))).toEqual(dateAt(20));
  expect(cooldown.endsAt(at(20))).toBeUndefined();
});

it('takes over the cooldown of another process with its doubling', () => {
  const cooldown = new Cooldown(() => 0);
  cooldown.extend(START, at(5));
  expect(cooldown.endsAt(at(4))).toEqual(dateAt(5));
  expect(refuse(cooldown, at(5))).toEqual(dateAt(7));
});

it('does not double after a cooldown of another process that is over', () => {
  const cooldown = new Cooldown(() => 0);
  refuse(cooldown, START);
  cooldown.accepted(at(1));
  cooldown.extend(at(1), at(1.05));
  expect(refuse(cooldown, at(2))).toEqual(dateAt(3));
});

it('does not get shorter by another process', () => {
  const cooldown = new Cooldown(() => 0);
  cooldown.refused(START, START, dateAt(20));
  cooldown.extend(START, at(5));
  expect(cooldown.endsAt(START)).toEqual(dateAt(20));
});
