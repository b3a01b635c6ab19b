import { type JWTPayload } from 'jose';
import { randomUUID } from 'node:crypto';
import { type z } from 'zod';
import { type PlatformFamily } from '../../registrations/platform-family.js';
import { type LaunchContext } from '../context/launch-context.schema.js';
import { type contentItemSchema, type deepLinkResponseSchema } from './content-item.schema.js';
import { deepLinkingErrors } from './deep-linking.errors.js';

type Item = z.output<typeof contentItemSchema>;
type Settings = NonNullable<LaunchContext['deepLinking']>;

const LTI = 'https://purl.imsglobal.org/spec/lti/claim/';
const DL = 'https://purl.imsglobal.org/spec/lti-dl/claim/';
const SETTINGS = `${DL}deep_linking_settings`;

const LIFE_S = 600;
/** A platform whose clock is behind must not take the response for one of the future. */
const BACKDATE_S = 30;

/**
 * Checks the items against the settings of the request (DL 4.2).
 *
 * @throws {InvalidRequest} `deep_link_type_not_accepted`, `deep_link_multiple_not_accepted`,
 *   `deep_link_line_item_not_accepted`, `deep_link_target_not_accepted`, `deep_link_media_type_not_accepted`
 */
export function checkItems(settings: Settings, items: readonly Item[]): void {
  if (items.length > 1 && settings.acceptMultiple !== true)
    throw deepLinkingErrors.multipleNotAccepted(items.length);
  items.forEach((item, index) => checkItem(settings, item, index));
}

function checkItem(settings: Settings, item: Item, index: number): void {
  const { acceptTypes, acceptPresentationDocumentTargets: accepted, acceptMediaTypes } = settings;
  if (!acceptTypes.includes(item.type))
    throw deepLinkingErrors.typeNotAccepted(index, item.type, acceptTypes);
  // A platform that does not say may ignore the line item.
  if ('lineItem' in item && item.lineItem !== undefined && settings.acceptLineItem === false)
    throw deepLinkingErrors.lineItemNotAccepted(index);
  const targets = (['iframe', 'window', 'embed'] as const).filter(
    (target) => (item as Record<string, unknown>)[target] !== undefined,
  );
  // The platform chooses among the targets of an item: one that it knows is enough.
  if (targets.length > 0 && accepted.length > 0 && !targets.some((target) => accepted.includes(target)))
    throw deepLinkingErrors.targetNotAccepted(index, targets, accepted);
  if (item.type === 'file' && item.mediaType !== undefined && acceptMediaTypes !== undefined) {
    if (!isAcceptedMediaType(item.mediaType, acceptMediaTypes))
      throw deepLinkingErrors.mediaTypeNotAccepted(index, item.mediaType, acceptMediaTypes);
  }
}

/** @param accepted such as `image/*,application/pdf` */
function isAcceptedMediaType(mediaType: string, accepted: string): boolean {
  const type = mediaType.toLowerCase().split(';')[0]?.trim() ?? '';
  return accepted
    .toLowerCase()
    .split(',')
    .map((range) => range.split(';')[0]?.trim() ?? '')
    .some(
      (range) =>
        range === '*/*' || range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1))),
    );
}

/** The claim of Canvas that says where the teacher picks content. */
const CANVAS_PLACEMENT = 'https://www.instructure.com/placement';
/** The only placements of Canvas where a line item becomes an assignment. */
const CANVAS_WITH_LINE_ITEMS: readonly unknown[] = [
  'assignment_selection',
  'course_assignments_menu',
  'link_selection',
  'module_index_menu_modal',
  'module_menu_modal',
];

type Claims = Readonly<Record<string, unknown>>;

/** What a family makes of an item that it accepts. Undefined: what is expected. */
const itemWarnings: Partial<Record<PlatformFamily, (item: Item, request: Claims) => string | undefined>> = {
  blackboard: (item) =>
    item.type === 'ltiResourceLink' && item.lineItem === undefined
      ? 'Blackboard gives no grade column to a link without lineItem, and it cannot be added later.'
      : undefined,
  schoology: ({ type }) =>
    type !== 'ltiResourceLink' && type !== 'link'
      ? 'Schoology knows only links (ltiResourceLink and link).'
      : undefined,
  canvas: (item, { [CANVAS_PLACEMENT]: placement }) =>
    item.type === 'ltiResourceLink' &&
    item.lineItem !== undefined &&
    typeof placement === 'string' &&
    !CANVAS_WITH_LINE_ITEMS.includes(placement)
      ? `Canvas ignores lineItem at the placement ${placement}, so the link gets no grade column.`
      : undefined,
  // Its Lessons tool reads no other type.
  sakai: ({ type }) =>
    type !== 'ltiResourceLink'
      ? 'Lessons of Sakai takes only an ltiResourceLink. Without one it stores a link that cannot be opened.'
      : undefined,
};

/** What goes wrong with these items at a platform of this family, although its settings accept them. */
export function familyWarnings(family: PlatformFamily, items: readonly Item[], request: Claims): string[] {
  // SAK-52838, fixed in August 2026.
  if (family === 'sakai' && items.length === 0)
    return [
      'items: Lessons of an older Sakai stores a cancel as a link that cannot be opened. Send the user to presentation.returnUrl of the launch instead.',
    ];
  return items.flatMap((item, index) => {
    const warning = itemWarnings[family]?.(item, request);
    return warning === undefined ? [] : [`items.${index}: ${warning}`];
  });
}

export interface ResponseParts {
  issuer: string;
  clientId: string;
  deploymentId: string;
  /** The claims of the request. */
  request: Readonly<Record<string, unknown>>;
  response: z.output<typeof deepLinkResponseSchema>;
  /** The launch URL of this tool, for links without one: Blackboard makes an invalid link of an item without a URL. */
  launchUrl: string;
  now: Date;
}

/** The claims of the response (DL 4.4). Members without a value are left out, because null has broken platforms. */
export function responseClaims({ request, response, ...parts }: ResponseParts): JWTPayload {
  const { items, msg, log, errormsg, errorlog } = response;
  const issuedAt = Math.floor(parts.now.getTime() / 1000) - BACKDATE_S;
  const { data } = Object(request[SETTINGS]) as { data?: unknown };
  const optional = { data, msg, log, errormsg, errorlog };
  const given = Object.entries(optional).filter(([, value]) => value !== undefined && value !== null);
  return {
    iss: parts.clientId,
    aud: parts.issuer,
    iat: issuedAt,
    exp: issuedAt + BACKDATE_S + LIFE_S,
    nonce: randomUUID(),
    [`${LTI}message_type`]: 'LtiDeepLinkingResponse',
    [`${LTI}version`]: '1.3.0',
    [`${LTI}deployment_id`]: parts.deploymentId,
    [`${DL}content_items`]: items.map((item) =>
      item.type === 'ltiResourceLink' ? { ...item, url: item.url ?? parts.launchUrl } : item,
    ),
    ...Object.fromEntries(given.map(([name, value]) => [DL + name, value])),
  };
}
