import { type PlatformFamily } from '../../registrations/platform-family.js';

/** The entities that PHP's htmlspecialchars() writes. A library for all HTML entities would change names that contain others. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#039;': "'",
  '&#39;': "'",
  '&apos;': "'",
};
const ENTITY = /&(?:amp|lt|gt|quot|apos|#0?39);/g;

/**
 * A name of a roster as the same platform writes it in a launch. Moodle's rosters have passed through HTML formatting
 * (`Tom &amp; Jerry`), its launches have not.
 */
export function plainName(name: unknown, family: PlatformFamily): unknown {
  if (family !== 'moodle' || typeof name !== 'string') return name;
  return name.replace(ENTITY, (entity) => ENTITIES[entity] ?? entity);
}
