/** Canvas' page is a line of text; a document that quotes the words is no refusal. */
const LONGEST_REFUSAL = 4096;

/** Whether the platform says that it did not process the request because there are too many, or it is too busy. */
export function isThrottlingAnswer({ status, body }: { status: number; body: string }): boolean {
  if (status === 429 || status === 503) return true;
  return status === 403 && body.length <= LONGEST_REFUSAL && /rate limit exceeded/i.test(body);
}
