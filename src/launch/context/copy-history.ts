import { isStorable } from '../../common/storable-text.js';

/** The names that custom parameters with these variables have: ours in dynamic registration, and the variable's own. */
const CONTEXT_NAMES = ['context_id_history', 'context.id.history'];
const LINK_NAMES = ['resource_link_id_history', 'resourcelink.id.history'];
/** More than any platform sends; the rest of a longer list is not read. */
const MAX_ENTRIES = 1000;
/** No platform has a course that is a copy of a copy this many times. */
const MAX_STATED = 100;
/** As of every id of LTI. */
const MAX_ID = 255;
/** A variable that the platform did not expand: it does not know the variable, or has no value for it (CORE B). */
const VARIABLE = /^\$[A-Za-z][\w.]*$/;

type Custom = Readonly<Record<string, unknown>>;

/** The contexts that the course was copied from, by `$Context.id.history`: the nearest first. The tool may not know them. */
export function originContextIdsIn(custom: Custom, contextId: string): string[] {
  return originIdsOf(historyIn(custom, CONTEXT_NAMES), contextId);
}

/** The resource links that the link was copied from, by `$ResourceLink.id.history`: the nearest first. */
export function originLinkIdsIn(custom: Custom, resourceLinkId: string): string[] {
  return originIdsOf(historyIn(custom, LINK_NAMES), resourceLinkId);
}

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

function historyIn(custom: Custom, names: readonly string[]): string[] {
  return Object.entries(custom)
    .filter(([name]) => names.includes(name.toLowerCase()))
    .flatMap(([, value]) => (typeof value === 'string' ? idsIn(value) : []));
}

function idsIn(list: string): string[] {
  return list
    .split(',', MAX_ENTRIES)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '' && !VARIABLE.test(entry))
    .map(decoded);
}

/** The ids are URL-encoded, because one may hold a comma. Platforms whose ids need no encoding do not encode. */
function decoded(entry: string): string {
  try {
    return decodeURIComponent(entry);
  } catch {
    return entry;
  }
}
