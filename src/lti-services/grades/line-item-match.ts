import { type LineItem } from './line-item.js';

/** The names that identify a line item. */
export type LineItemNames = Pick<LineItem, 'resourceId' | 'tag' | 'resourceLinkId'>;

type Match = (item: LineItemNames, wanted: LineItemNames) => boolean;

/** Matches the tool's own names, which a copied course keeps. If the tag is given, it has to match as well. */
export const isOfResource: Match = (item, { resourceId, tag }) =>
  resourceId !== undefined && item.resourceId === resourceId && (tag === undefined || item.tag === tag);

/**
 * Matches the link in the course: this finds a line item that the platform created with the link. A line item with another
 * resourceId or tag belongs to something else on the same link.
 */
export const isOfLink: Match = (item, { resourceId, tag, resourceLinkId }) =>
  resourceLinkId !== undefined &&
  item.resourceLinkId === resourceLinkId &&
  (item.resourceId === undefined || resourceId === undefined) &&
  (item.tag === undefined || tag === undefined || item.tag === tag);

/** The matching line item that has most of the names, and of these the first in the platform's list. */
export function bestMatch<T extends LineItemNames>(
  items: readonly T[],
  wanted: LineItemNames,
  matches: Match,
): T | undefined {
  const alike = (item: LineItemNames): number =>
    Number(item.resourceId === wanted.resourceId) +
    Number(item.tag === wanted.tag) +
    Number(item.resourceLinkId === wanted.resourceLinkId);
  return items
    .filter((item) => matches(item, wanted))
    .reduce<T | undefined>(
      (best, item) => (best === undefined || alike(item) > alike(best) ? item : best),
      undefined,
    );
}
