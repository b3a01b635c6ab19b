import { type ToolKey } from './tool-key.entity.js';

/**
 * - `next`: published, and signs from `signsFrom` on
 * - `active`: signs
 * - `retiring`: signs no longer, and is published until `publishedUntil` for messages that are under way
 * - `retired`: not published, and deleted soon
 * - `revoked`: not published since its revocation
 */
export type ToolKeyState = 'next' | 'active' | 'retiring' | 'retired' | 'revoked';

/** A key with its state. */
export interface StatedKey {
  /** The key, with its private part encrypted. */
  key: ToolKey;
  /** At the time of the query. */
  state: ToolKeyState;
  /** When it leaves the key set; null while no other key is to follow it. */
  publishedUntil: Date | null;
}

/**
 * The state of each key at `now`. Because it follows from times, a rotation needs no process that carries it out at the right
 * moment, and goes on while the database is down.
 *
 * @param keepForMs how long a key is published after the last signature with it
 */
export function statesOf(keys: readonly ToolKey[], now: Date, keepForMs: number): StatedKey[] {
  const inUse = keys
    .filter(({ revokedAt }) => revokedAt === null)
    .sort((a, b) => a.signsFrom.getTime() - b.signsFrom.getTime() || a.kid.localeCompare(b.kid));
  const active = new Map<string, ToolKey>();
  for (const key of inUse) {
    // The first one signs even before its time: a clock may have been set back, and no other key is there.
    if (key.signsFrom <= now || !active.has(key.algorithm)) active.set(key.algorithm, key);
  }
  return keys.map((key) => {
    if (key.revokedAt !== null) return { key, state: 'revoked', publishedUntil: key.revokedAt };
    const successor = inUse
      .slice(inUse.indexOf(key) + 1)
      .find(({ algorithm }) => algorithm === key.algorithm);
    const publishedUntil = successor ? new Date(successor.signsFrom.getTime() + keepForMs) : null;
    return { key, state: stateOf(key, active.get(key.algorithm), publishedUntil, now), publishedUntil };
  });
}

function stateOf(
  key: ToolKey,
  active: ToolKey | undefined,
  publishedUntil: Date | null,
  now: Date,
): ToolKeyState {
  if (key === active) return 'active';
  if (key.signsFrom > now) return 'next';
  return publishedUntil !== null && publishedUntil > now ? 'retiring' : 'retired';
}
