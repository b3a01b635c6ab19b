import { createHmac } from 'node:crypto';
import { type SimulatedLaunch } from './simulated-launch.js';
import { lti11Id } from './launch-values.js';

interface SignedValues {
  readonly iss: string;
  readonly exp: number;
  readonly nonce: string;
}

/** The ids that a user, a course and a link had in LTI 1.1, with a proof by the secret of LTI 1.1 (CORE 6.1.2). */
export function lti11Claim(
  { tool, member, course, resourceLinkId, deploymentId }: SimulatedLaunch,
  { iss, exp, nonce }: SignedValues,
  ids: 'same' | 'prefixed',
): Record<string, string | undefined> {
  const older = (id: string | undefined) => (id === undefined ? undefined : lti11Id(id, ids));
  const claim = {
    user_id: older(member?.userId),
    context_id: older(course.contextId),
    resource_link_id: older(resourceLinkId),
  };
  if (tool.lti11 === undefined) return claim;
  const { consumerKey, secret } = tool.lti11;
  const text = [consumerKey, deploymentId, iss, tool.clientId, exp, nonce].join('&');
  return {
    ...claim,
    oauth_consumer_key: consumerKey,
    oauth_consumer_key_sign: createHmac('sha256', secret).update(text).digest('base64'),
  };
}
