import { type WireMember } from './membership.schema.js';
import { isId, isObject, listOf, textOf } from './wire-values.js';

/** A section or a group: platforms do not distinguish them here. */
export interface MemberSection {
  id: string;
  name?: string;
}

const MAX_SECTIONS = 500;
const MAX_NAME = 1024;

/**
 * A member's sections, each once. NRPS 2.0 has none, so these come from an array `sections` of ids or objects, from
 * `group_enrollments` (Course Groups Service 1.0), and from Sakai's `sakai_groups`, which has their titles.
 */
export function sectionsOf({ sections, group_enrollments, sakai_ext }: WireMember): MemberSection[] {
  const sakaiGroups = isObject(sakai_ext) ? sakai_ext.sakai_groups : undefined;
  const byId = new Map<string, MemberSection>();
  for (const list of [sections, sakaiGroups, group_enrollments]) {
    for (const entry of listOf(list, MAX_SECTIONS)) {
      const section = sectionOf(entry);
      if (section === undefined || byId.get(section.id)?.name !== undefined) continue;
      byId.set(section.id, section);
    }
  }
  return [...byId.values()];
}

/** One that has no usable id is left out. */
function sectionOf(entry: unknown): MemberSection | undefined {
  if (isId(entry)) return { id: String(entry) };
  if (!isObject(entry)) return undefined;
  const id = [entry.id, entry.section_id, entry.group_id].find(isId);
  if (id === undefined) return undefined;
  const name = textOf(entry.name, MAX_NAME) ?? textOf(entry.title, MAX_NAME);
  return { id: String(id), ...(name !== undefined && { name }) };
}
