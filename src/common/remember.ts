const MAX_REMEMBERED = 10_000;

/** Puts an entry last and drops the oldest beyond 10,000: what comes from outside must not fill the memory. */
export function remember<T>(map: Map<string, T>, name: string, value: T): void {
  map.delete(name);
  map.set(name, value);
  if (map.size <= MAX_REMEMBERED) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
