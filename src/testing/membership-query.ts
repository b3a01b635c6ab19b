import { z } from 'zod';
import { type MembershipQuirks, type PagingQuirks } from './family.js';
import { MembershipsRefused } from './testing.errors.js';

const count = z.int().min(0);
const cursorSchema = z.strictObject({
  offset: count.default(0),
  limit: count.min(1).optional(),
  role: z.string().optional(),
  rlid: z.string().optional(),
  /** The state of the roster when this reading of it began; only where differences are offered. */
  mark: count.optional(),
  /** Only what changed after this state. */
  since: count.optional(),
});

/** What a memberships URL asks for. Without a limit: everything. */
export type MembershipQuery = z.infer<typeof cursorSchema>;

/**
 * Reads the query of a memberships URL as the family understands it.
 * @throws MembershipsRefused `bad_paging`.
 */
export function readMembershipQuery(parameters: URLSearchParams, quirks: MembershipQuirks): MembershipQuery {
  const { paging } = quirks;
  const opaque = parameters.get('cursor');
  if (paging.style === 'cursor' && opaque !== null) return readCursor(opaque, parameters);
  const limit = paging.style === 'none' ? undefined : readLimit(parameters.get('limit'), paging);
  const role = quirks.filtersByRole ? parameters.get('role') : null;
  const rlid = quirks.filtersByResourceLink ? parameters.get('rlid') : null;
  return {
    offset: readOffset(parameters, paging.style, limit),
    ...(limit === undefined ? {} : { limit }),
    ...(role === null ? {} : { role }),
    ...(rlid === null ? {} : { rlid }),
  };
}

/** The opaque parameter that stands for a query. */
export function cursorOf(query: MembershipQuery): string {
  return Buffer.from(JSON.stringify(query)).toString('base64url');
}

function readCursor(opaque: string, parameters: URLSearchParams): MembershipQuery {
  // A link is to be followed as it is: whoever adds a filter to it is told so.
  if ([...parameters.keys()].length > 1) throw new MembershipsRefused('bad_paging');
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(opaque, 'base64url').toString()));
  } catch {
    throw new MembershipsRefused('bad_paging');
  }
}

function readLimit(asked: string | null, paging: PagingQuirks): number | undefined {
  if (asked === null) return paging.defaultLimit;
  const limit = naturalNumber(asked);
  if (limit === undefined || limit === 0) {
    if (paging.badLimit === 'refused') throw new MembershipsRefused('bad_paging');
    return paging.defaultLimit;
  }
  return Math.min(limit, paging.largestLimit ?? Infinity);
}

function readOffset(
  parameters: URLSearchParams,
  style: PagingQuirks['style'],
  limit: number | undefined,
): number {
  switch (style) {
    case 'cursor':
      return 0;
    case 'page':
      return (Math.max(1, naturalNumber(parameters.get('page')) ?? 1) - 1) * (limit ?? 0);
    case 'start':
      return naturalNumber(parameters.get('start')) ?? 0;
    case 'from':
    case 'none':
      return naturalNumber(parameters.get('from')) ?? 0;
  }
}

function naturalNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
