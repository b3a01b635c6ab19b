import { randomUUID } from 'node:crypto';
import { type FamilyName } from '../families/family.js';
import { type PlatformState } from '../platform/platform-state.js';

/** Where a tool under test is. */
export interface ToolAddress {
  /** The tool's `publicUrl`: where the platform sends browsers. */
  readonly publicUrl: string;
  /** Where the tool really listens; the public URL where not given. */
  readonly localUrl?: string | undefined;
}

export interface ToolRegistrationOptions {
  /** The name of the registration; `Simulated LMS` by default. */
  readonly name?: string | undefined;
  /** Random by default, so that a second one does not meet the first. */
  readonly clientId?: string | undefined;
  /** `['1']` by default. */
  readonly deploymentIds?: readonly string[] | undefined;
}

/** A tool's registration at a simulated platform, as `RegistrationService.create` and `POST /api/v1/registrations` take it. */
export interface ToolRegistration {
  name: string;
  issuer: string;
  clientId: string;
  authorizationUrl: string;
  tokenUrl: string;
  jwksUrl: string;
  tokenAudience: string;
  platformFamily: FamilyName;
  deployments: string[];
}

/** Adds the tool to the platform. Returns what the tool has to know about the platform. */
export function registerTool(
  platform: PlatformState,
  { publicUrl, localUrl = publicUrl }: ToolAddress,
  {
    name = 'Simulated LMS',
    clientId = randomUUID(),
    deploymentIds: deployments = ['1'],
  }: ToolRegistrationOptions,
): ToolRegistration {
  platform.addTool({
    clientId,
    deploymentIds: [...deployments],
    jwksUrl: `${localUrl}/lti/jwks.json`,
    launch: { loginUrl: `${publicUrl}/lti/login`, redirectUris: [`${publicUrl}/lti/launch`] },
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
