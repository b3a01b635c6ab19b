import { FakeClock } from '../../testing/fake-clock.js';
import { CircuitBreaker } from './circuit-breaker.js';

describe('CircuitBreaker', () => {
  let clock: FakeClock;
  let breaker: CircuitBreaker;

  beforeEach(() => {
    clock = new FakeClock();
    breaker = new CircuitBreaker(clock);
  });

  const fail = (times: number): void => {
    for (let nth = 0; nth < times; nth += 1) breaker.failed();
  };

  it('opens after three failures in a row, and not before', () => {
    fail(2);
    breaker.succeeded();
    fail(2);
    expect(breaker.letsIn()).toBe(true);
    fail(1);
    expect(breaker.letsIn()).toBe(false);
  });

  it('lets one call try after a second, and the others when that one succeeded', () => {
    fail(3);
    clock.advance(999);
    expect(breaker.letsIn()).toBe(false);
    clock.advance(1);
    expect([breaker.letsIn(), breaker.letsIn()]).toEqual([true, false]);
    breaker.succeeded();
    expect([breaker.letsIn(), breaker.letsIn()]).toEqual([true, true]);
  });

  it('waits twice as long after each try that failed, up to 15 s', () => {
    fail(3);
    for (const seconds of [1, 2, 4, 8, 15, 15]) {
      clock.advance(seconds * 1000 - 1);
      expect(breaker.letsIn()).toBe(false);
      clock.advance(1);
      expect(breaker.letsIn()).toBe(true);
      breaker.failed();
    }
  });

  it('begins with a second again after a success', () => {
    fail(3);
    clock.advance(1000);
    breaker.letsIn();
    breaker.failed();
    breaker.succeeded();
    fail(3);
    clock.advance(1000);
    expect(breaker.letsIn()).toBe(true);
  });

  it('waits no longer for the many that were on their way when it opened', () => {
    fail(50);
    clock.advance(1000);
    expect(breaker.letsIn()).toBe(true);
  });

  it('does not wait for a clock that was set back', () => {
    fail(3);
    clock.advance(-3_600_000);
    expect(breaker.letsIn()).toBe(true);
  });
});
