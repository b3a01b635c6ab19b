import { z } from 'zod';
import { simulatedLineItemSchema } from '../gradebook/gradebook.js';
import { simulatedGroupSchema, simulatedGroupSetSchema } from '../groups/simulated-group.schema.js';
import { simulatedMemberSchema } from '../memberships/simulated-member.schema.js';

// Enough for any test; a typing error must not fill the memory.
const mostMembers = 200_000;

/** The members of a course, or how many to generate. */
export const membersSchema = z.union([z.int().min(0).max(mostMembers), z.array(simulatedMemberSchema)]);

export const newCourseSchema = z.strictObject({
  contextId: z.string().min(1).optional(),
  title: z.string().optional(),
  members: membersSchema,
  /** A line item of the course's resource link, `true` for the default one. */
  coupledLineItem: z.union([z.boolean(), simulatedLineItemSchema.partial()]).optional(),
  groups: z.array(simulatedGroupSchema).optional(),
  groupSets: z.array(simulatedGroupSetSchema).optional(),
  concluded: z.boolean().optional(),
});

export const newMembersSchema = z.strictObject({ members: membersSchema });

export const keySwitchSchema = z.strictObject({ clientId: z.string(), isOff: z.boolean() });

/** The URL that an administrator pastes into the platform. With the client id of a tool that is there, it is an update. */
export const newRegistrationSchema = z.strictObject({
  registrationUrl: z.url({ protocol: /^https?$/ }),
  existingClientId: z.string().min(1).optional(),
});
