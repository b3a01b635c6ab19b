import { type LineItem } from './line-item.js';

/** What a line item is known by. */
export type LineItemNames = Pick<LineItem, 'resourceId' | 'tag' | 'resourceLinkId'>;

type Match = (item: LineItemNames, wanted: LineItemNames) => boolean;

/** By the tool's own names, which the copy of a course keeps: by both if both are given. */
export const isOfResource: Match = (item, { resourceId, tag }) =>
  resourceId !== undefined && item.resourceId === resourceId && (tag === undefined || item.tag === tag);

/**
 * By the link in the course; so is a line item found that the platform made with the link. One that has another name, or
 * this one and no such tag, is of something else on the same link.
 */
export const isOfLink: Match = (item, { resourceId, tag, resourceLinkId }) =>
  resourceLinkId !== undefined &&
  item.resourceLinkId === resourceLinkId &&
  (item.resourceId === undefined || resourceId === undefined) &&
  (item.tag === undefined || tag === undefined || item.tag === tag);

/** Of those that match the one that has most of the names, and of these the platform's first. */
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
