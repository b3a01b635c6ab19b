import { randomUUID } from 'node:crypto';
import { type FamilyName } from '../families/family.js';
import { type PlatformState } from '../platform/platform-state.js';
import { allScopes, noticeScope } from '../service-constants.js';

/** The addresses of a tool under test. */
export interface ToolAddress {
  /** The tool's `publicUrl`, to which the platform sends browsers. */
  readonly publicUrl: string;
  /** The address on which the tool listens; the public URL by default. */
  readonly localUrl?: string | undefined;
}

/** Options of `lms.connect` and `lms.registrationFor`. All may be left out. */
export interface ToolRegistrationOptions {
  /** The name of the registration; `Simulated LMS` by default. */
  readonly name?: string | undefined;
  /** Random by default, so that two registrations differ. */
  readonly clientId?: string | undefined;
  /** `['1']` by default. */
  readonly deploymentIds?: readonly string[] | undefined;
  /** Custom parameters of the tool's launches, such as `{ canvas_user_id: '$Canvas.user.id' }`. None by default. */
  readonly custom?: Readonly<Record<string, string>> | undefined;
}

/** A tool's registration at a simulated platform, as `RegistrationService.create` and `POST /api/v1/registrations` take it. */
export interface ToolRegistration {
  /** For operators of the tool. */
  name: string;
  /** The `iss` of the platform's id_tokens. */
  issuer: string;
  /** The platform's id of the tool. */
  clientId: string;
  /** The browser goes there in each login. */
  authorizationUrl: string;
  /** Access tokens are requested there. */
  tokenUrl: string;
  /** The platform's key set. */
  jwksUrl: string;
  /** The `aud` that the token end point requires. */
  tokenAudience: string;
  /** The simulated product. */
  platformFamily: FamilyName;
  /** The deployment ids. */
  deployments: string[];
}

/** Adds the tool to the platform. Returns the registration of the platform at the tool. */
export function registerTool(
  platform: PlatformState,
  { publicUrl, localUrl = publicUrl }: ToolAddress,
  {
    name = 'Simulated LMS',
    clientId = randomUUID(),
    deploymentIds: deployments = ['1'],
    custom = {},
  }: ToolRegistrationOptions,
): ToolRegistration {
  platform.addTool({
    clientId,
    deploymentIds: [...deployments],
    jwksUrl: `${localUrl}/lti/jwks.json`,
    ...(platform.family.notices && { scopes: [...allScopes, noticeScope] }),
    launch: { loginUrl: `${publicUrl}/lti/login`, redirectUris: [`${publicUrl}/lti/launch`], custom },
  });
  platform.reachableAt.set(new URL(publicUrl).origin, new URL(localUrl).origin);
  const { issuer, authorizationUrl, tokenUrl, jwksUrl, tokenAudience, family } = platform;
  return {
    name,
    issuer,
    clientId,
    authorizationUrl,
    tokenUrl,
    jwksUrl,
    tokenAudience,
    platformFamily: family.name,
    deployments: [...deployments],
  };
}
