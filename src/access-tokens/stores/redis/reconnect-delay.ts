const FIRST_MS = 50;
const MOST_MS = 2000;

/** How long to wait before the nth attempt in a row, from 1 on. Jittered, or all processes would come back at once. */
export function reconnectDelayMs(attempt: number): number {
  const base = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(base * (0.5 + Math.random() / 2));
}
