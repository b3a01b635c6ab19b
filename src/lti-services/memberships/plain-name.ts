import { type PlatformFamily } from '../../registrations/platform-family.js';

/** What PHP's htmlspecialchars() writes, and no other entity: a library for all of HTML would change more than that. */
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
