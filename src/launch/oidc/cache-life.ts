const SHORTEST_MS = 60_000;
const LONGEST_MS = 86_400_000;
const USUAL_MS = 3_600_000;

/** How long an answer may be kept by its own word (RFC 9111 4.2.1), but a minute at least, and a day at most. */
export function cacheLifeMs(headers: Readonly<Record<string, string>>): number {
  const directives = (headers['cache-control'] ?? '').toLowerCase();
  if (/\bno-(?:store|cache)\b/.test(directives)) return SHORTEST_MS;
  const maxAge = /\bmax-age="?(\d{1,10})/.exec(directives)?.[1];
  if (maxAge === undefined) return USUAL_MS;
  const age = /^\d{1,10}$/.test(headers.age ?? '') ? Number(headers.age) : 0;
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (Number(maxAge) - age) * 1000));
}
