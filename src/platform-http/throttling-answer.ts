/** The body of Canvas' refusal is one short line. A longer document that quotes it is not a refusal. */
const LONGEST_REFUSAL = 4096;

/** Whether the platform did not process the request because of throttling or overload. */
export function isThrottlingAnswer({ status, body }: { status: number; body: string }): boolean {
  if (status === 429 || status === 503) return true;
  return status === 403 && body.length <= LONGEST_REFUSAL && /rate limit exceeded/i.test(body);
}
