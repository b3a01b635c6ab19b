import { reconnectDelayMs } from './redis-connection.js';

describe('the delay before a reconnection', () => {
  it('lets the delay before a reconnection grow to two seconds and never stops reconnecting', () => {
    for (const attempt of [1, 2, 5, 10, 100, 1_000_000]) {
      const most = Math.min(2000, 50 * 2 ** attempt);
      for (let nth = 0; nth < 50; nth += 1) {
        const delayMs = reconnectDelayMs(attempt);
        expect(delayMs).toBeLessThanOrEqual(most);
        expect(delayMs).toBeGreaterThanOrEqual(most / 2);
      }
    }
  });

  it('varies the delay before a reconnection, so that processes do not reconnect at the same moment', () => {
    expect(new Set(Array.from({ length: 50 }, () => reconnectDelayMs(9))).size).toBeGreaterThan(10);
  });
});
