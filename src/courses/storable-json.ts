import { storable } from '../common/storable-text.js';

/** PostgreSQL's own bound is far above, and beyond any use. */
const MAX_DEPTH = 32;

/** JSON as PostgreSQL's jsonb takes it: its texts storable, and what lies too deep left out. */
export function storableJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return storable(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((entry) => storableJson(entry, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [storable(name), storableJson(entry, depth + 1)]),
  );
}
