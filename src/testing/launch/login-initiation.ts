import { families } from '../families/families.js';
import { type LaunchSettings } from './launch-input.schema.js';
import { type DeploymentParameter, type LaunchQuirks } from '../families/launch-quirks.js';
import { type SimulatedLaunch } from './simulated-launch.js';

/** The first request of a launch, which the user's browser sends to the tool. */
export interface LoginInitiation {
  /** The tool's login URL. */
  readonly url: string;
  /** The method that this family uses; tools accept both. */
  readonly method: 'GET' | 'POST';
  /** `iss`, `login_hint`, `target_link_uri` and what the family adds (SEC 5.1.1.1). */
  readonly parameters: Readonly<Record<string, string>>;
  /** The address to which the tool has to send the browser next. */
  readonly authorizationUrl: string;
}

/** The optional parameters that are sent. */
export interface LoginParameters {
  readonly clientId: boolean;
  readonly deploymentId: DeploymentParameter;
}

export function loginParametersOf(
  wanted: LaunchSettings['loginParameters'],
  quirks: LaunchQuirks,
): LoginParameters {
  if (typeof wanted === 'object') return wanted;
  const { sendsClientId, deploymentParameter } = wanted === undefined ? quirks : families[wanted].launch;
  return { clientId: sendsClientId, deploymentId: deploymentParameter };
}

/** The parameters of the login initiation (SEC 5.1.1.1, and what LTI adds to it). */
export function loginParameters(
  launch: SimulatedLaunch,
  issuer: string,
  { clientId, deploymentId }: LoginParameters,
): Record<string, string> {
  return {
    iss: issuer,
    target_link_uri: launch.targetLinkUri,
    login_hint: launch.loginHint,
    lti_message_hint: launch.messageHint,
    ...(clientId ? { client_id: launch.tool.clientId } : {}),
    ...(deploymentId === 'none' ? {} : { [deploymentId]: launch.deploymentId }),
    ...(launch.storageTarget === undefined ? {} : { lti_storage_target: launch.storageTarget }),
  };
}
