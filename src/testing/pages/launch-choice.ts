import { z } from 'zod';
import { launchAttackNames } from '../launch/attacks/launch-attacks.js';
import { type FormField } from '../browser/form-field.js';
import { messageTypes } from '../launch/claim-names.js';
import { startLti11Launch } from '../launch/lti11/lti11-launch.js';
import { type PlatformState } from '../platform/platform-state.js';
import { type AutoSubmitForm } from './auto-submit-page.js';

// A form sends an empty text for a field without a choice.
const optionalText = z
  .string()
  .optional()
  .transform((text) => (text === '' ? undefined : text));

/** The choices of the launch page, as parameters of the address. */
const launchChoiceSchema = z.object({
  client_id: z.string(),
  context_id: z.string(),
  /** Empty for an anonymous user. */
  user_id: optionalText,
  resource_link_id: optionalText,
  message_type: z.enum(messageTypes).default('LtiResourceLinkRequest'),
  deployment_id: optionalText,
  storage: z.enum(['on', 'off']).default('on'),
  attack: optionalText.pipe(z.enum(launchAttackNames).optional()),
  version: z.enum(['1.3', '1.1']).default('1.3'),
  /** Whether the launch has the ids of LTI 1.1. */
  migrate: z.enum(['yes', 'no']).default('no'),
});
export type LaunchChoice = z.output<typeof launchChoiceSchema>;

/** @throws {ZodError} for a wrong parameter. */
export function readLaunchChoice(parameters: URLSearchParams): LaunchChoice {
  return launchChoiceSchema.parse(Object.fromEntries(parameters));
}

/** Starts the launch. Returns the form for the tool. @throws {NotFound} for an unknown tool, course, member or link. */
export function launchForm(
  choice: LaunchChoice,
  documentTarget: 'iframe' | 'window',
  platform: PlatformState,
): AutoSubmitForm {
  if (choice.version === '1.1') return lti11Form(choice, platform);
  const { url, method, parameters } = platform.launches.start({
    clientId: choice.client_id,
    contextId: choice.context_id,
    userId: choice.user_id,
    resourceLinkId: choice.resource_link_id,
    messageType: choice.message_type,
    deploymentId: choice.deployment_id,
    platformStorage: choice.storage === 'on',
    attack: choice.attack,
    migratesLti11: choice.migrate === 'yes',
    documentTarget,
  });
  if (method === 'POST') return { method: 'post', action: url, fields: Object.entries(parameters) };
  // A form by GET replaces the query of its action.
  const fields: FormField[] = [...new URL(url).searchParams, ...Object.entries(parameters)];
  return { method: 'get', action: url, fields };
}

function lti11Form(choice: LaunchChoice, platform: PlatformState): AutoSubmitForm {
  const isDeepLinking = choice.message_type === 'LtiDeepLinkingRequest';
  const { url, parameters } = startLti11Launch(
    {
      clientId: choice.client_id,
      contextId: choice.context_id,
      userId: choice.user_id,
      resourceLinkId: choice.resource_link_id,
      messageType: isDeepLinking ? 'ContentItemSelectionRequest' : 'basic-lti-launch-request',
    },
    platform,
  );
  return { method: 'post', action: url, fields: Object.entries(parameters) };
}
