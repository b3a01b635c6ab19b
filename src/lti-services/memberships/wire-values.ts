import { isStorable, withoutUnstorable } from '../../common/storable-text.js';

/** The longest id. CORE allows 255 characters; some platforms send more, and an index must still be able to store it. */
const MAX_ID = 512;

/**
 * Whether this can be an id, which is never changed to make it one. Some platforms send a number, which is taken while it is
 * exact: past 2^53 two people could become one.
 */
export function isId(value: unknown): value is string | number {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID && isStorable(value);
}

/** Undefined for a value that is empty, not a text, or too long: a bad name must not cost a course its roster. */
export function textOf(value: unknown, maxLength: number): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > maxLength) return undefined;
  const clean = withoutUnstorable(value).trim();
  return clean === '' ? undefined : clean;
}

/** The entries of a list, up to `max`; none if it is not a list. */
export function listOf(value: unknown, max: number): unknown[] {
  return Array.isArray(value) ? value.slice(0, max) : [];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
