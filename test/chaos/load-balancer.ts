import { type ChaosWorker } from './worker.js';

export const CHAOS_API_KEY = 'a-key-for-the-chaos-test';
const TIMEOUT_MS = 5000;
/** For requests that are not sent again: a loaded machine answers late. */
export const LONG_TIMEOUT_MS = 120_000;

/** Sends requests to the workers in turns. A request that fails is sent to the next one, as a caller does that retries. */
export class LoadBalancer {
  /** Requests that were sent again. */
  retries = 0;
  private nth = 0;

  constructor(private readonly workers: readonly ChaosWorker[]) {}

  /** @throws Error with the answer of the last worker, after each of them has had the request several times */
  async request<T>(method: 'GET' | 'POST', path: string, body?: unknown, timeoutMs = TIMEOUT_MS): Promise<T> {
    const most = 60 * this.workers.length;
    for (let attempt = 1; ; attempt += 1) {
      this.nth += 1;
      const worker = this.workers[this.nth % this.workers.length]!;
      try {
        return await send<T>(`${worker.url}/api/v1${path}`, method, body, timeoutMs);
      } catch (error) {
        if (attempt === most) throw error;
        this.retries += 1;
        await new Promise((resolve) => setTimeout(resolve, Math.min(1000, 50 * attempt)));
      }
    }
  }
}

async function send<T>(url: string, method: string, body: unknown, timeoutMs: number): Promise<T> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${CHAOS_API_KEY}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}
