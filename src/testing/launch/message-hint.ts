import { createHmac, randomBytes } from 'node:crypto';
import { type LaunchQuirks } from '../families/launch-quirks.js';

const secret = randomBytes(32);

/** `lti_message_hint` of a launch, as the family writes it. A tool must return it unchanged. */
export function messageHint(
  style: LaunchQuirks['messageHint'],
  launchId: string,
  resourceLinkId: string,
): string {
  if (style === 'opaque') return launchId;
  if (style === 'json') return JSON.stringify({ cmid: resourceLinkId, launchid: launchId });
  return signedHint({ verifier: launchId, resource_link_id: resourceLinkId });
}

function signedHint(claims: object): string {
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const content = `${encoded({ typ: 'JWT', alg: 'HS256' })}.${encoded(claims)}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}
