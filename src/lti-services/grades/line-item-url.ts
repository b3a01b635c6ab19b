import { UnsafeUrl } from '../../common/url-policy.errors.js';
import { type OAuthClient } from '../../access-tokens/oauth-client.js';
import { type PlatformFamily } from '../../registrations/platform-family.js';
import { warnOfHttpLinks } from '../paging/https-upgrade.js';
import { isAtPlatform, upgradedToHttps } from '../platform-origin.js';
import { ForeignLineItem, NoLineItemsEndpoint } from './grades.errors.js';

/** @throws NoLineItemsEndpoint, UnsafeUrl */
export function lineItemsUrl({ endpoints }: OAuthClient): string {
  const { lineItems } = endpoints;
  if (lineItems === undefined) throw new NoLineItemsEndpoint();
  if (!URL.canParse(lineItems)) throw UnsafeUrl.malformed();
  return lineItems;
}

/**
 * Where a line item is called: its id, if that is at the platform of the course's line items.
 *
 * @throws ForeignLineItem, NoLineItemsEndpoint, UnsafeUrl
 */
export function lineItemUrl(client: OAuthClient, id: string): string {
  return lineItemUrlAt(lineItemsUrl(client), client.registration.platformFamily, id);
}

/**
 * A line item as it is called from now on: where the platform is called by https and names the line item by http, its id is
 * the https URL on the same host.
 */
export function withCallableId<T extends { id: string }>(client: OAuthClient, lineItem: T): T {
  const { lineItems } = client.endpoints;
  if (lineItems === undefined || !URL.canParse(lineItem.id) || !URL.canParse(lineItems)) return lineItem;
  const upgraded = upgradedToHttps(new URL(lineItem.id), new URL(lineItems));
  if (upgraded === undefined) return lineItem;
  warnOfHttpLinks(client.registration.id, lineItems);
  return { ...lineItem, id: upgraded.href };
}

/**
 * The same for a course that is known by its line items URL.
 *
 * @throws ForeignLineItem, UnsafeUrl
 */
export function lineItemUrlAt(lineItems: string, family: PlatformFamily, id: string): string {
  const endpoint = new URL(lineItems);
  if (!URL.canParse(id)) throw UnsafeUrl.malformed();
  const url = new URL(id);
  if (isAtPlatform(url, endpoint)) return id;
  const upgraded = upgradedToHttps(url, endpoint);
  if (upgraded !== undefined) return upgraded.href;
  // Canvas names the host that it was asked by when the line item was made, and has several: the path is what counts.
  const isOfCourse = url.pathname.startsWith(`${endpoint.pathname.replace(/\/+$/, '')}/`);
  if (family === 'canvas' && isOfCourse) {
    endpoint.pathname = url.pathname;
    endpoint.search = url.search;
    return endpoint.href;
  }
  throw new ForeignLineItem(id, endpoint.href);
}
