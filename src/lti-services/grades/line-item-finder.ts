import { Injectable } from '@nestjs/common';
import { type z } from 'zod';
import { LtiError } from '../../common/lti-error.js';
import { Leases } from '../../database/leases.js';
import { type NamedLease } from '../../database/named-lease.js';
import { type LineItem } from './line-item.js';
import { bestMatch, isOfLink, isOfResource } from './line-item-match.js';
import { type findableLineItemSchema } from './line-item.schema.js';

/** How long a lease lasts without a heartbeat: the other processes wait this long for a process that died. */
const TERM_MS = 10_000;
/** How long a call waits for the leases of others. */
const MAX_WAIT_MS = 30_000;

type Findable = z.output<typeof findableLineItemSchema>;

/** The calls to the gradebook of a course that the finder needs. */
export interface CourseLineItems {
  registrationId: string;
  /** The line items URL of the course. */
  url: string;
  list(query: {
    resourceLinkId?: string;
    resourceId?: string;
    tag?: string;
    signal?: AbortSignal;
  }): Promise<LineItem[]>;
  create(signal: AbortSignal): Promise<LineItem>;
}

/** Finds or creates a line item. All processes together create only one. */
@Injectable()
export class LineItemFinder {
  private readonly underway = new Map<string, Promise<LineItem>>();

  constructor(private readonly leases: Leases) {}

  /** @throws {Unavailable} `lease_busy`, `lease_lost`, `database_unavailable`; and what the course's calls throw */
  async findOrCreate(wanted: Findable, course: CourseLineItems): Promise<LineItem> {
    // The line item nearly always exists: finding it does not need the database.
    return (await find(wanted, course)) ?? (await this.make(wanted, course));
  }

  /** Joins a creation that is in progress: a class that starts a quiz together causes one request. */
  private make(wanted: Findable, course: CourseLineItems): Promise<LineItem> {
    const id = JSON.stringify([course.registrationId, course.url, wanted]);
    const underway = this.underway.get(id);
    if (underway !== undefined) return underway;
    const making = this.holding(leaseNames(wanted, course), (leases) =>
      makeUnlessThere(wanted, course, leases),
    ).finally(() => this.underway.delete(id));
    this.underway.set(id, making);
    return making;
  }

  /** Runs the work while it holds all of these leases. The signal of the last lease aborts when any of them is lost. */
  private holding(
    [name, ...others]: readonly string[],
    work: (leases: readonly NamedLease[]) => Promise<LineItem>,
    held: readonly NamedLease[] = [],
  ): Promise<LineItem> {
    if (name === undefined) return work(held);
    const outer = held.at(-1);
    const terms = { termMs: TERM_MS, waitMs: MAX_WAIT_MS, ...(outer && { signal: outer.signal }) };
    return this.leases.hold(name, terms, (lease) => this.holding(others, work, [...held, lease]));
  }
}

/**
 * A lease for each name of the line item, so that calls that could find each other's line item share a lease. All calls take
 * the lease of the resource first, so that there is no deadlock.
 */
function leaseNames({ resourceId, resourceLinkId }: Findable, course: CourseLineItems): string[] {
  const nameOf = (kind: string, id: string): string =>
    JSON.stringify(['line item', course.registrationId, course.url, kind, id]);
  return [
    ...(resourceId === undefined ? [] : [nameOf('resource', resourceId)]),
    ...(resourceLinkId === undefined ? [] : [nameOf('link', resourceLinkId)]),
  ];
}

async function makeUnlessThere(
  wanted: Findable,
  course: CourseLineItems,
  leases: readonly NamedLease[],
): Promise<LineItem> {
  const signal = leases.at(-1)?.signal ?? new AbortController().signal;
  const found = await find(wanted, course, signal);
  if (found !== undefined) return found;
  // A process that was paused since it looked may have lost its leases, and must not go on.
  await Promise.all(leases.map((lease) => lease.renew()));
  try {
    return await course.create(signal);
  } catch (error) {
    if (!mayHaveBeenMade(error)) throw error;
    const made = await find(wanted, course, signal).catch(() => undefined);
    if (made === undefined) throw error;
    return made;
  }
}

/** Platforms may ignore filters, so all of them are applied again. */
async function find(
  wanted: Findable,
  course: CourseLineItems,
  signal?: AbortSignal,
): Promise<LineItem | undefined> {
  const { resourceId, resourceLinkId, tag } = wanted;
  const more = signal === undefined ? {} : { signal };
  if (resourceId !== undefined) {
    const query = { resourceId, ...(tag !== undefined && { tag }), ...more };
    const found = bestMatch(await course.list(query), wanted, isOfResource);
    if (found !== undefined) return found;
  }
  if (resourceLinkId === undefined) return undefined;
  return bestMatch(await course.list({ resourceLinkId, ...more }), wanted, isOfLink);
}

/** The codes of errors that do not show whether the platform created the line item. */
const MAY_HAVE_BEEN_MADE: ReadonlySet<string> = new Set([
  'platform_unreachable',
  'platform_timeout',
  'platform_response_too_large',
  'grades_unavailable',
  'grades_unreadable',
  'foreign_line_item',
]);

function mayHaveBeenMade(error: unknown): boolean {
  return error instanceof LtiError && MAY_HAVE_BEEN_MADE.has(error.code);
}
