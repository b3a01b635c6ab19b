import { UnsafeUrl } from '../../common/url-policy.errors.js';
import { type OAuthClient } from '../../oauth/oauth-client.js';
import { isAtPlatform } from '../platform-origin.js';
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
  const endpoint = new URL(lineItemsUrl(client));
  if (!URL.canParse(id)) throw UnsafeUrl.malformed();
  const url = new URL(id);
  if (isAtPlatform(url, endpoint)) return id;
  // Canvas names the host that it was asked by when the line item was made, and has several: the path is what counts.
  const isOfCourse = url.pathname.startsWith(`${endpoint.pathname.replace(/\/+$/, '')}/`);
  if (client.registration.platformFamily === 'canvas' && isOfCourse) {
    endpoint.pathname = url.pathname;
    endpoint.search = url.search;
    return endpoint.href;
  }
  throw new ForeignLineItem(id, endpoint.href);
}
