import { reconnectDelayMs } from './redis-connection.js';

describe('the delay before a reconnection', () => {
  it('grows to two seconds, and is never given up', () => {
    for (const attempt of [1, 2, 5, 10, 100, 1_000_000]) {
      const most = Math.min(2000, 50 * 2 ** attempt);
      for (let nth = 0; nth < 50; nth += 1) {
        const delayMs = reconnectDelayMs(attempt);
        expect(delayMs).toBeLessThanOrEqual(most);
        expect(delayMs).toBeGreaterThanOrEqual(most / 2);
      }
    }
  });

  it('differs, so that not all processes come back at once', () => {
    expect(new Set(Array.from({ length: 50 }, () => reconnectDelayMs(9))).size).toBeGreaterThan(10);
  });
});
