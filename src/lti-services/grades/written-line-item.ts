import { type OAuthClient } from '../../access-tokens/oauth-client.js';
import { type PlatformResponse } from '../../platform-http/platform-request.js';
import { readBody, send } from './grade-calls.js';
import { gradesErrors } from './grades.errors.js';
import { type LineItem, type ReadLineItem, readLineItem } from './line-item.js';
import { lineItemUrl, withCallableId } from './line-item-urls.js';

export const LINE_ITEM = 'application/vnd.ims.lis.v2.lineitem+json';

/**
 * @throws GradesRefused, also `line_item_gone`
 * @throws {InvalidRequest} `foreign_line_item`
 * @throws {Unavailable} `grades_unavailable`
 * @throws {PlatformAnswerInvalid} `grades_unreadable`
 */
export async function fetchLineItem(client: OAuthClient, id: string): Promise<ReadLineItem> {
  const call = { client, what: 'the line item' };
  const url = lineItemUrl(client, id);
  const { body } = await send(call, { method: 'GET', url, headers: { accept: LINE_ITEM } });
  const read = readBody(call, body, (json) => readLineItem(json, id));
  return { ...read, lineItem: withCallableId(client, read.lineItem) };
}

/**
 * The line item as the platform stored it: from its answer (AGS 2.0 3.2), or else by reading it again.
 *
 * @param id the URL of the line item, if it is known
 * @throws as `fetchLineItem`
 */
export async function writtenLineItem(
  client: OAuthClient,
  { body, headers, url }: PlatformResponse,
  what: string,
  id: string | undefined = locationOf(headers.location, url),
): Promise<LineItem> {
  if (body.trim() !== '') {
    const { lineItem } = readBody({ client, what }, body, (json) => readLineItem(json, id));
    return withCallableId(client, lineItem);
  }
  if (id === undefined)
    throw gradesErrors.unreadable(what, 'nothing. The platform may have stored the change: check it there');
  return (await fetchLineItem(client, id)).lineItem;
}

function locationOf(location: string | undefined, url: string): string | undefined {
  return location !== undefined && URL.canParse(location, url) ? new URL(location, url).href : undefined;
}
