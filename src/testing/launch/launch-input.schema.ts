import { z } from 'zod';
import { launchAttackNames } from './attacks/launch-attacks.js';
import { familyNames } from '../families/family.js';
import { messageTypes } from './claim-names.js';

/** Which of the optional parameters a login initiation has, where that is not to be the family's choice. */
const loginParametersSchema = z.union([
  /** As this family has it. */
  z.enum(familyNames),
  z.strictObject({
    clientId: z.boolean(),
    deploymentId: z.enum(['lti_deployment_id', 'deployment_id', 'none']),
  }),
]);

/** The user, the course and the link of a launch. */
export const launchInputSchema = z.strictObject({
  /** The tool that is launched; the first one that was added by default. */
  clientId: z.string().optional(),
  /** The course; by default that of `resourceLinkId`, else the first one that was added. */
  contextId: z.string().optional(),
  /** A member of the course; anonymous by default. */
  userId: z.string().optional(),
  /** The course's first one by default; none in deep linking. */
  resourceLinkId: z.string().optional(),
  /** One of these types, or any other: then `claims` has what it needs. */
  messageType: z.union([z.enum(messageTypes), z.string().min(1)]).default('LtiResourceLinkRequest'),
  /** Any id, also an unknown one; the tool's first one by default. */
  deploymentId: z.string().optional(),
  targetLinkUri: z.string().optional(),
  documentTarget: z.enum(['frame', 'iframe', 'window']).default('iframe'),
  /** Whether the platform's storage is offered, if the family has one. */
  platformStorage: z.boolean().default(true),
  /** The user whose submission is reviewed; the course's first learner by default. */
  forUserId: z.string().optional(),
  /** Whether the launch has the ids of LTI 1.1 (CORE 6.1.2), with a proof if the tool has a consumer key. */
  migratesLti11: z.boolean().default(false),
  /** Where a teacher opens the tool to pick content, such as `editor_button`, if the family names its placements. */
  placement: z.string().optional(),
  /** Settings of a deep linking request that replace those of the family, such as `{ accept_multiple: false }`. */
  deepLinkingSettings: z.record(z.string(), z.unknown()).default({}),
  /** Claims by their full names, which are added to the message or replace its own. One that is null here is left out. */
  claims: z.record(z.string(), z.unknown()).default({}),
  loginParameters: loginParametersSchema.optional(),
  /** The attack that changes this launch. */
  attack: z.enum(launchAttackNames).optional(),
});

/** The user, the course and the link of a launch. By default an anonymous user, the first tool, and the course of the link or the first course. */
export type LaunchInput = z.input<typeof launchInputSchema>;
export type LaunchSettings = z.output<typeof launchInputSchema>;
