import { z } from 'zod';
import { type MembershipQuirks } from '../families/family.js';
import { readWindow } from '../http/page-window.js';
import { MembershipsRefused } from './memberships.errors.js';

const count = z.int().min(0);
const cursorSchema = z.strictObject({
  offset: count.default(0),
  limit: count.min(1).optional(),
  role: z.string().optional(),
  rlid: z.string().optional(),
  /** Whether members have their groups. */
  groups: z.boolean().optional(),
  /** The state of the roster when this reading started; only if the family offers differences. */
  mark: count.optional(),
  /** Only what changed after this state. */
  since: count.optional(),
});

/** The query of a memberships URL. Without a limit: everything. */
export type MembershipQuery = z.infer<typeof cursorSchema>;

/**
 * Reads the query of a memberships URL as the family understands it.
 * @throws {MembershipsRefused} `bad_paging`, `unknown_resource_link`.
 */
export function readMembershipQuery(parameters: URLSearchParams, quirks: MembershipQuirks): MembershipQuery {
  const { paging } = quirks;
  const opaque = parameters.get('cursor');
  if (paging.style === 'cursor' && opaque !== null) return readCursor(opaque, parameters);
  const window = readWindow(parameters, paging);
  if (window === undefined) throw new MembershipsRefused('bad_paging');
  const role = quirks.filtersByRole ? parameters.get('role') : null;
  if (quirks.filtersByResourceLink === 'refused' && parameters.has('rlid')) {
    throw new MembershipsRefused('unknown_resource_link');
  }
  const rlid = quirks.filtersByResourceLink === true ? parameters.get('rlid') : null;
  return {
    ...window,
    ...(role === null ? {} : { role }),
    ...(rlid === null ? {} : { rlid }),
    ...(parameters.get('groups') === 'true' ? { groups: true } : {}),
  };
}

/** The opaque parameter that contains a query. */
export function cursorOf(query: MembershipQuery): string {
  return Buffer.from(JSON.stringify(query)).toString('base64url');
}

function readCursor(opaque: string, parameters: URLSearchParams): MembershipQuery {
  // A link has to be followed unchanged: a caller that adds a filter to it is refused.
  if ([...parameters.keys()].length > 1) throw new MembershipsRefused('bad_paging');
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(opaque, 'base64url').toString()));
  } catch {
    throw new MembershipsRefused('bad_paging');
  }
}
