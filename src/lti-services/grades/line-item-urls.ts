import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { InvalidRequest } from '../../common/reactions.errors.js';
import { UnsafeUrl } from '../../common/url-policy.errors.js';
import { type OAuthClient } from '../../access-tokens/oauth-client.js';
import { type PlatformFamily } from '../../registrations/platform-family.js';
import { warnOfHttpLinks, isAtPlatform, upgradedToHttps } from '../../platform-http/platform-origin.js';
import { gradesErrors } from './grades.errors.js';

/** A client calls one course, and the line items of one batch are few. */
const MAX_URLS_PER_CLIENT = 100;

/** @throws {InvalidRequest} `no_line_items_endpoint`; UnsafeUrl */
export function lineItemsUrl({ endpoints }: OAuthClient): string {
  const { lineItems } = endpoints;
  if (lineItems === undefined) throw gradesErrors.noLineItemsEndpoint();
  if (!URL.canParse(lineItems)) throw UnsafeUrl.malformed();
  return lineItems;
}

/**
 * The URL at which a line item is called: its id, if that is at the platform of the course's line items.
 *
 * @throws {InvalidRequest} `foreign_line_item`, `no_line_items_endpoint`; UnsafeUrl
 */
export function lineItemUrl(client: OAuthClient, id: string): string {
  return lineItemUrlAt(lineItemsUrl(client), client.registration.platformFamily, id);
}

/**
 * A line item whose id is the URL at which it is called. If the platform is called by https and names the line item by http,
 * this is the https URL on the same host.
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
 * The URL at which a line item is called, for a course that is known by its line items URL.
 *
 * @throws {InvalidRequest} `foreign_line_item`; UnsafeUrl
 */
export function lineItemUrlAt(lineItems: string, family: PlatformFamily, id: string): string {
  const endpoint = new URL(lineItems);
  if (!URL.canParse(id)) throw UnsafeUrl.malformed();
  const url = new URL(id);
  if (isAtPlatform(url, endpoint)) return id;
  const upgraded = upgradedToHttps(url, endpoint);
  if (upgraded !== undefined) return upgraded.href;
  // Canvas has several hosts, and names the one at which the line item was created: only the path identifies the course.
  const isOfCourse = url.pathname.startsWith(`${endpoint.pathname.replace(/\/+$/, '')}/`);
  if (family === 'canvas' && isOfCourse) {
    endpoint.pathname = url.pathname;
    endpoint.search = url.search;
    return endpoint.href;
  }
  throw gradesErrors.foreignLineItem(id, endpoint.href);
}

/** The scores of a line item (AGS 2.0 3.4.2), below its path. The query stays: Moodle's has a type_id. */
export function scoresUrl(lineItemUrl: string): string {
  return below(lineItemUrl, 'scores');
}

/** The results of a line item (AGS 2.0 3.3.2). Open edX accepts only the path with a slash at the end. */
export function resultsUrl(lineItemUrl: string, family: PlatformFamily): string {
  return below(lineItemUrl, family === 'openedx' ? 'results/' : 'results');
}

/** The result of one student, for platforms without a filter; undefined for an id that a path cannot contain. */
export function resultUrl(lineItemUrl: string, userId: string): string | undefined {
  // A URL treats these as steps in its path, even if they are encoded.
  if (userId === '.' || userId === '..') return undefined;
  return below(lineItemUrl, `results/${encodeURIComponent(userId)}`);
}

function below(lineItemUrl: string, part: string): string {
  const url = new URL(lineItemUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${part}`;
  return url.href;
}

/** The URL at which a line item of a course would be called; its id if it is at another platform, or the course has no URL. */
export function calledUrl(lineItems: string | null, family: PlatformFamily, id: string): string {
  try {
    return lineItems === null ? id : lineItemUrlAt(lineItems, family, id);
  } catch (error) {
    if (!(error instanceof InvalidRequest && error.code === 'foreign_line_item')) throw error;
    return id;
  }
}

/**
 * Identifies a line item of a registration in all tables: a URL may be too long for an index.
 *
 * @param url the URL at which it is called
 * @returns a text of the form of a UUID
 */
export function lineItemKey(registrationId: string, url: string): string {
  const digest = createHash('sha256')
    .update(`${registrationId} ${new URL(url).href}`)
    .digest('hex');
  return digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

/** The key of a line item that the platform lists. Its scores in the outbox have the same one. */
export function keyOfLineItem({ endpoints, registration }: OAuthClient, lineItemId: string): string {
  const url = calledUrl(endpoints.lineItems ?? null, registration.platformFamily, lineItemId);
  return lineItemKey(registration.id, url);
}

/**
 * The scores URLs of line items, cached for each client. A batch uses the same URL again and again, and parsing it takes
 * 3.7 us of the 40 us that bare undici needs for the whole request.
 */
export class ScoresUrls {
  private readonly byClient = new WeakMap<OAuthClient, LRUCache<string, string>>();

  /** @throws {InvalidRequest} `foreign_line_item`, `no_line_items_endpoint`; UnsafeUrl */
  of(client: OAuthClient, lineItemId: string): string {
    const known = this.knownBy(client);
    const kept = known.get(lineItemId);
    if (kept !== undefined) return kept;
    const url = scoresUrl(lineItemUrl(client, lineItemId));
    known.set(lineItemId, url);
    return url;
  }

  private knownBy(client: OAuthClient): LRUCache<string, string> {
    const known = this.byClient.get(client) ?? new LRUCache<string, string>({ max: MAX_URLS_PER_CLIENT });
    if (known.size === 0) this.byClient.set(client, known);
    return known;
  }
}
