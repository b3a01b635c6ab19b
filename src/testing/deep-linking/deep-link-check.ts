import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { claimNames } from '../launch/claim-names.js';
import { type SimulatedLaunch } from '../launch/simulated-launch.js';
import { type PlatformState } from '../platform/platform-state.js';
import { contentItemSchema, type SimulatedContentItem } from './content-item.schema.js';
import { DeepLinkRefused } from './deep-link.errors.js';

/** The settings of a request, as they were sent. */
export type SentSettings = Readonly<Record<string, unknown>>;

const IAT_LEEWAY_S = 30;

const claimsSchema = z.looseObject({
  iss: z.string(),
  aud: z.unknown(),
  iat: z.number(),
  exp: z.number(),
  nonce: z.string().min(1),
  [claimNames.messageType]: z.unknown(),
  [claimNames.version]: z.unknown(),
  [claimNames.deploymentId]: z.unknown(),
  [claimNames.contentItems]: z.array(z.unknown()).default([]),
});
type ResponseClaims = z.output<typeof claimsSchema>;

/**
 * Checks the claims of a deep linking response as strictly as the strictest platform does (DL 4.4), and stores its nonce.
 * @returns the items that the course gets; none when the user cancelled.
 * @throws {DeepLinkRefused} with the first check that failed.
 */
export function checkResponse(
  payload: unknown,
  launch: SimulatedLaunch,
  settings: SentSettings,
  platform: PlatformState,
): SimulatedContentItem[] {
  refuseNull(payload, []);
  const read = claimsSchema.safeParse(payload);
  if (!read.success) {
    const wrong = read.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new DeepLinkRefused('missing_claim', `Claims that are missing or of a wrong type: ${wrong}.`);
  }
  const claims = read.data;
  checkIdentity(claims, launch, platform);
  checkMessage(claims, launch);
  checkData(claims, settings);
  const items = claims[claimNames.contentItems].map(readItem);
  checkItems(items, settings);
  const now = platform.clock.nowMs() / 1000;
  if (!platform.usedNonces.take(launch.tool.clientId, claims.nonce, claims.exp, now)) {
    throw new DeepLinkRefused('used_nonce', 'The nonce was used before.');
  }
  return items;
}

// Null is not the absence of a value: some platforms fail on it, others store the text "null".
function refuseNull(value: unknown, path: readonly string[]): void {
  // `data` is the platform's own JSON, which comes back as it was sent.
  if (path[0] === claimNames.deepLinkingData) return;
  if (value === null) throw new DeepLinkRefused('null_member', `${path.join('.')} is null.`);
  if (typeof value !== 'object') return;
  for (const [name, member] of Object.entries(value)) refuseNull(member, [...path, name]);
}

function checkIdentity(claims: ResponseClaims, { tool }: SimulatedLaunch, platform: PlatformState): void {
  const { issuer, clock } = platform;
  const now = clock.nowMs() / 1000;
  if (claims.iss !== tool.clientId) {
    throw new DeepLinkRefused('wrong_issuer', 'iss has to be the client id of the tool that was launched.');
  }
  if (claims.aud !== issuer) throw new DeepLinkRefused('wrong_audience', `aud has to be ${issuer}.`);
  if (claims.iat > now + IAT_LEEWAY_S) throw new DeepLinkRefused('issued_in_future', 'iat is in the future.');
  if (claims.exp <= now) throw new DeepLinkRefused('expired', 'The response has expired.');
}

function checkMessage(claims: ResponseClaims, { deploymentId }: SimulatedLaunch): void {
  if (claims[claimNames.messageType] !== 'LtiDeepLinkingResponse') {
    throw new DeepLinkRefused('wrong_message_type', 'message_type has to be LtiDeepLinkingResponse.');
  }
  if (claims[claimNames.version] !== '1.3.0') {
    throw new DeepLinkRefused('wrong_version', 'version has to be 1.3.0.');
  }
  if (claims[claimNames.deploymentId] !== deploymentId) {
    throw new DeepLinkRefused('wrong_deployment', `deployment_id has to be ${deploymentId}.`);
  }
}

function checkData(claims: ResponseClaims, settings: SentSettings): void {
  const isSame = isDeepStrictEqual(claims[claimNames.deepLinkingData], settings.data);
  // DL 4.4.4: required exactly if the request had it.
  if (Object.hasOwn(claims, claimNames.deepLinkingData) === Object.hasOwn(settings, 'data') && isSame) return;
  throw new DeepLinkRefused('wrong_data', 'data has to be what the request had.');
}

function readItem(sent: unknown, index: number): SimulatedContentItem {
  const read = contentItemSchema.safeParse(sent);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = ['content_items', index, ...(issue?.path ?? [])].join('.');
  throw new DeepLinkRefused('bad_content_item', `${field}: ${issue?.message ?? 'cannot be read'}`);
}

function checkItems(items: readonly SimulatedContentItem[], settings: SentSettings): void {
  if (items.length > 1 && !isTrue(settings.accept_multiple)) {
    throw new DeepLinkRefused('multiple_not_accepted', 'Only one content item is accepted.');
  }
  for (const item of items) checkItem(item, settings);
}

function checkItem(item: SimulatedContentItem, settings: SentSettings): void {
  if (!(settings.accept_types as string[]).includes(item.type)) {
    throw new DeepLinkRefused('type_not_accepted', `Content items of type ${item.type} are not accepted.`);
  }
  // DL 4.4.1: without the setting the platform may use the line item or ignore it. This one uses it.
  const { accept_lineitem: acceptsLineItem = true } = settings;
  if (item.type === 'ltiResourceLink' && item.lineItem !== undefined && !isTrue(acceptsLineItem)) {
    throw new DeepLinkRefused('line_item_not_accepted', 'A line item is not accepted.');
  }
  const accepted = settings.accept_presentation_document_targets as string[];
  const targets = ['iframe', 'window', 'embed'].filter((target) => Object.hasOwn(item, target));
  if (targets.length > 0 && !targets.some((target) => accepted.includes(target))) {
    throw new DeepLinkRefused('target_not_accepted', `The targets are not accepted: ${targets.join(', ')}.`);
  }
  checkMediaType(item, settings.accept_media_types);
}

function checkMediaType(item: SimulatedContentItem, accepted: unknown): void {
  if (item.type !== 'file' || item.mediaType === undefined || typeof accepted !== 'string') return;
  const [family] = item.mediaType.split('/');
  const ranges = accepted.split(',').map((range) => range.trim());
  if (['*/*', `${family}/*`, item.mediaType].some((range) => ranges.includes(range))) return;
  throw new DeepLinkRefused('media_type_not_accepted', `Files of type ${item.mediaType} are not accepted.`);
}

/** Some platforms send booleans as texts. */
function isTrue(setting: unknown): boolean {
  return setting === true || setting === 'true';
}
