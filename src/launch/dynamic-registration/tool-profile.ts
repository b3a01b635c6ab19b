import { type LtiConfig } from '../../config/lti-config.js';
import { JWKS_PATH } from '../../keys/jwks.controller.js';
import { type ToolProfile } from '../../registrations/dynamic/registration-request.js';
import { LAUNCH_PATH, LOGIN_PATH } from '../launch-paths.js';

/** The tool, as platforms and their administrators see it. */
export function toolProfile({ publicUrl, dynamicRegistration }: LtiConfig): ToolProfile {
  const { toolName, toolDescription, logoUrl, clientUrl, policyUrl, termsUrl, contacts, privacyLevel } =
    dynamicRegistration;
  return {
    name: toolName ?? new URL(publicUrl).hostname,
    description: toolDescription,
    loginUrl: publicUrl + LOGIN_PATH,
    launchUrl: publicUrl + LAUNCH_PATH,
    jwksUrl: publicUrl + JWKS_PATH,
    logoUrl,
    clientUrl,
    policyUrl,
    termsUrl,
    contacts,
    privacyLevel,
  };
}
