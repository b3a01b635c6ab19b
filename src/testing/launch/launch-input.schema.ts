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

/** Who launches what. */
export const launchInputSchema = z.strictObject({
  /** The tool that is launched; the first one that was added where not given. */
  clientId: z.string().optional(),
  /** The course; the first one that was added where not given. */
  contextId: z.string().optional(),
  /** A member of the course; an anonymous launch where not given. */
  userId: z.string().optional(),
  /** The course's first one where not given; none in deep linking. */
  resourceLinkId: z.string().optional(),
  messageType: z.enum(messageTypes).default('LtiResourceLinkRequest'),
  /** Any, also one that the tool does not have; its first one where not given. */
  deploymentId: z.string().optional(),
  targetLinkUri: z.string().optional(),
  documentTarget: z.enum(['frame', 'iframe', 'window']).default('iframe'),
  /** Whether the platform's storage is offered, where the family has one. */
  platformStorage: z.boolean().default(true),
  /** Whose submission is reviewed; the course's first learner where not given. */
  forUserId: z.string().optional(),
  /** Whether the ids of LTI 1.1 come along (CORE 6.1.2), proved where the tool has a consumer key. */
  migratesLti11: z.boolean().default(false),
  loginParameters: loginParametersSchema.optional(),
  /** How this launch goes wrong. */
  attack: z.enum(launchAttackNames).optional(),
});

export type LaunchInput = z.input<typeof launchInputSchema>;
export type LaunchSettings = z.output<typeof launchInputSchema>;
