import { isStorable, withoutUnstorable } from '../../common/storable-text.js';

/** CORE gives an id 255 characters; some platforms take more, and a database index must still hold it. */
const MAX_ID = 512;

/**
 * Whether this can be an id, which is never changed to make it one. Some platforms send a number, which is taken while it is
 * exact: past 2^53 two people could become one.
 */
export function isId(value: unknown): value is string | number {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID && isStorable(value);
}

/** Empty is absent. So is what is no text, or too long for one: a bad name must not cost a course its roster. */
export function textOf(value: unknown, maxLength: number): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > maxLength) return undefined;
  const clean = withoutUnstorable(value).trim();
  return clean === '' ? undefined : clean;
}

/** The entries of a list, up to `max`; none when it is no list. */
export function listOf(value: unknown, max: number): unknown[] {
  return Array.isArray(value) ? value.slice(0, max) : [];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
