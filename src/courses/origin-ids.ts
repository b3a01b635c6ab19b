import { isStorable } from '../common/storable-text.js';

/** No platform has a course that is a copy of a copy this many times. */
const MAX_STATED = 100;
/** As of every id of LTI. */
const MAX_ID = 255;

/** The ids that can be stored, in their order and each once, without the id of the copy itself. At most 100. */
export function originIdsOf(stated: Iterable<unknown>, ownId: string): string[] {
  const ids = new Set<string>();
  for (const id of stated) {
    if (typeof id !== 'string' || id === '' || id === ownId || id.length > MAX_ID || !isStorable(id))
      continue;
    ids.add(id);
    if (ids.size === MAX_STATED) break;
  }
  return [...ids];
}
