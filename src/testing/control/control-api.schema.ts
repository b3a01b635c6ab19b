import { z } from 'zod';
import { simulatedLineItemSchema } from '../gradebook/gradebook.js';
import { simulatedMemberSchema } from '../memberships/simulated-member.schema.js';

// As many as a test may want; a slip of the keyboard should not fill the memory.
const mostMembers = 200_000;

/** The members of a course: who they are, or how many to make up. */
export const membersSchema = z.union([z.int().min(0).max(mostMembers), z.array(simulatedMemberSchema)]);

export const newCourseSchema = z.strictObject({
  contextId: z.string().min(1).optional(),
  title: z.string().optional(),
  members: membersSchema,
  /** Also a line item of the course's resource link, `true` for the usual one. */
  coupledLineItem: z.union([z.boolean(), simulatedLineItemSchema.partial()]).optional(),
  concluded: z.boolean().optional(),
});

export const newMembersSchema = z.strictObject({ members: membersSchema });

export const keySwitchSchema = z.strictObject({ clientId: z.string(), isOff: z.boolean() });
