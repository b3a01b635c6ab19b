import { Injectable } from '@nestjs/common';
import { type z } from 'zod';
import { Leases } from '../../database/leases.js';
import { type NamedLease } from '../../database/named-lease.js';
import {
  PlatformTimeout,
  PlatformUnreachable,
  ResponseTooLarge,
} from '../../platform-http/platform-http.errors.js';
import { ForeignLineItem, GradesUnavailable, GradesUnreadable } from './grades.errors.js';
import { type LineItem } from './line-item.js';
import { bestMatch, isOfLink, isOfResource } from './line-item-match.js';
import { type findableLineItemSchema } from './line-item.schema.js';

/** Kept alive while the platform is asked: this is what a process that dies costs the others. */
const TERM_MS = 10_000;
const PATIENCE_MS = 30_000;

type Findable = z.output<typeof findableLineItemSchema>;

/** The gradebook of a course, as the finder needs it. */
export interface CourseLineItems {
  registrationId: string;
  /** Of the course's line items. */
  url: string;
  list(query: {
    resourceLinkId?: string;
    resourceId?: string;
    tag?: string;
    signal?: AbortSignal;
  }): Promise<LineItem[]>;
  create(signal: AbortSignal): Promise<LineItem>;
}

/** Finds a line item, or makes it: one, however many processes want it at once. */
@Injectable()
export class LineItemFinder {
  private readonly underway = new Map<string, Promise<LineItem>>();

  constructor(private readonly leases: Leases) {}

  /** @throws LeaseBusy, LeaseLost, DatabaseUnavailable, and what the course's calls throw */
  async findOrCreate(wanted: Findable, course: CourseLineItems): Promise<LineItem> {
    // What is there already, as it is nearly always, is found without the database.
    return (await find(wanted, course)) ?? (await this.make(wanted, course));
  }

  /** A class that begins a quiz at the same moment is one request. */
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

  /** Does the work under all of these leases; the signal of the last one aborts with any of them. */
  private holding(
    [name, ...others]: readonly string[],
    work: (leases: readonly NamedLease[]) => Promise<LineItem>,
    held: readonly NamedLease[] = [],
  ): Promise<LineItem> {
    if (name === undefined) return work(held);
    const outer = held.at(-1);
    const terms = { termMs: TERM_MS, waitMs: PATIENCE_MS, ...(outer && { signal: outer.signal }) };
    return this.leases.hold(name, terms, (lease) => this.holding(others, work, [...held, lease]));
  }
}

/**
 * A lease for each name that the line item goes by, so that calls which could find each other's line item meet in one. The
 * resource comes first in all calls: so none waits for another that waits for it.
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
  // A process that stood still since it looked must not go on.
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

/** Platforms may ignore filters, so that all of them are applied again. */
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

/** Errors without a word of the platform on whether it made the line item, or with one that is no use. */
function mayHaveBeenMade(error: unknown): boolean {
  const unknown = [
    PlatformUnreachable,
    PlatformTimeout,
    ResponseTooLarge,
    GradesUnavailable,
    GradesUnreadable,
    ForeignLineItem,
  ];
  return unknown.some((kind) => error instanceof kind);
}
