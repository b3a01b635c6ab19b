/** The longest accepted Retry-After, so that one wrong header cannot stop a platform's requests for days. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * When the platform wants to be asked again (RFC 9110 10.2.3), at most an hour from now; undefined without the header,
 * for an invalid value, and for a moment that has passed.
 *
 * @param headers lower-case names. A date is compared with the platform's own `date`, so a wrong clock on either side
 *   does not matter.
 * @param receivedAt when the answer came, by the clock of this process
 */
export function parseRetryAfter(
  headers: Readonly<Record<string, string>>,
  receivedAt: Date,
): Date | undefined {
  const delayMs = delayOf(
    headers['retry-after']?.trim() ?? '',
    parseHttpDate(headers.date ?? '') ?? receivedAt,
  );
  if (delayMs === undefined || delayMs <= 0) return undefined;
  return new Date(receivedAt.getTime() + Math.min(delayMs, MAX_RETRY_AFTER_MS));
}

function delayOf(value: string, platformNow: Date): number | undefined {
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = parseHttpDate(value);
  return date === undefined ? undefined : date.getTime() - platformNow.getTime();
}

/** RFC 9110 5.6.7: all three forms are to be read, and all of them are in GMT. */
function parseHttpDate(value: string): Date | undefined {
  if (!HTTP_DATE.test(value)) return undefined;
  const date = new Date(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
