import { type LtiConfig } from '../../config/lti-config.js';
import { type PlatformConfiguration } from '../dynamic/platform-configuration.js';
import { registrationRequest, type ToolProfile } from '../dynamic/registration-request.js';
import { type PlatformFamily } from '../platform-family.js';
import { canvasConfiguration } from './canvas-configuration.js';
import { guideTo } from './guides.js';
import { type RegistrationGuide } from './registration-guide.schema.js';

/** Canvas' cloud, as its openid configuration would have it. It lists neither scopes nor claims here: all are asked for. */
const canvas: PlatformConfiguration = {
  issuer: 'https://canvas.instructure.com',
  authorizationUrl: 'https://sso.canvaslms.com/api/lti/authorize_redirect',
  tokenUrl: 'https://sso.canvaslms.com/login/oauth2/token',
  jwksUrl: 'https://sso.canvaslms.com/api/lti/security/jwks',
  registrationUrl: 'https://sso.canvaslms.com/api/lti/registrations',
  tokenAudience: null,
  idTokenAlgorithm: 'RS256',
  scopes: undefined,
  claims: undefined,
  platformFamily: 'canvas',
  product: { code: 'canvas', version: undefined },
  messageTypes: undefined,
  placements: [],
  variables: undefined,
};

/**
 * How the tool is registered by hand at a platform: the values of the tool, and the values that its operator needs back. For
 * Canvas also the configuration as JSON, which `dynamicRegistration.request` changes as it changes a dynamic registration.
 */
export async function registrationGuide(
  platform: PlatformFamily,
  tool: ToolProfile,
  { request: hook }: LtiConfig['dynamicRegistration'],
): Promise<RegistrationGuide> {
  const guide = guideTo(platform, tool);
  if (platform !== 'canvas') return { ...guide, configuration: null };
  const request = registrationRequest(canvas, tool);
  const changed = hook === undefined ? request : await hook(request, canvas);
  return { ...guide, configuration: canvasConfiguration(changed) };
}
