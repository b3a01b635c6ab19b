import { randomUUID } from 'node:crypto';
import { type PlatformState } from '../../platform/platform-state.js';
import { type Lti11Settings } from '../../tools/simulated-tool.js';
import {
  type Lti11LaunchInput,
  lti11LaunchInputSchema,
  type Lti11LaunchSettings,
} from './lti11-launch-input.schema.js';
import { lti11Parameters } from './lti11-parameters.js';
import { signature, signatureBaseString } from './oauth1-signature.js';
import { testingErrors } from '../../testing.errors.js';

/** A launch by LTI 1.1: the form that a user's browser posts to the tool. */
export interface Lti11Launch {
  /** The launch URL with its query. */
  readonly url: string;
  /** The fields of the form, signed by OAuth 1.0. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Signs a launch by LTI 1.1.
 * @throws {ZodError} when the input is wrong.
 * @throws {NotFound} `unknown_simulated_tool`, `unknown_simulated_course`, `unknown_simulated_member`,
 * `unknown_simulated_resource_link`.
 * @throws {Conflict} `simulated_tool_cannot_launch`.
 */
export function startLti11Launch(input: Lti11LaunchInput, platform: PlatformState): Lti11Launch {
  const settings = lti11LaunchInputSchema.parse(input);
  const consumer = consumerOf(settings, platform);
  const url = settings.launchUrl ?? consumer.launchUrl;
  const nowSeconds = Math.floor(platform.clock.nowMs() / 1000);
  const parameters = definedOnes({
    ...lti11Parameters(settings, platform),
    oauth_callback: 'about:blank',
    oauth_consumer_key: consumer.consumerKey,
    oauth_nonce: settings.nonce ?? randomUUID(),
    oauth_signature_method: settings.signatureMethod,
    oauth_timestamp: String(settings.timestamp ?? nowSeconds),
    oauth_version: '1.0',
    ...settings.parameters,
  });
  const base = signatureBaseString(url, Object.entries(parameters));
  platform.counters.counts.launchesStarted += 1;
  return {
    url,
    parameters: {
      ...(settings.foldQueryIntoBody ? Object.fromEntries(new URL(url).searchParams) : {}),
      ...parameters,
      oauth_signature: signature(base, settings.secret ?? consumer.secret, settings.signatureMethod),
    },
  };
}

function consumerOf({ clientId, consumerKey }: Lti11LaunchSettings, { tools }: PlatformState): Lti11Settings {
  const tool = [...tools.values()].find(
    (each) =>
      each.clientId === clientId || (consumerKey !== undefined && each.lti11?.consumerKey === consumerKey),
  );
  if (tool === undefined) throw testingErrors.toolNotFound(clientId ?? consumerKey ?? '');
  if (tool.lti11 === undefined) throw testingErrors.toolCannotLaunch(tool.clientId, 'lti11');
  return tool.lti11;
}

function definedOnes(
  parameters: Readonly<Record<string, string | null | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
