import { z } from 'zod';

/** A member of a simulated course. Roles are full URIs; the family decides how they are written. */
export const simulatedMemberSchema = z.strictObject({
  userId: z.string().min(1),
  roles: z.array(z.string()),
  /** Active by default. */
  status: z.enum(['Active', 'Inactive', 'Deleted']).optional(),
  name: z.string().optional(),
  givenName: z.string().optional(),
  familyName: z.string().optional(),
  email: z.string().optional(),
  sourcedId: z.string().optional(),
  username: z.string().optional(),
  picture: z.string().optional(),
  sections: z.array(z.strictObject({ id: z.string(), title: z.string() })).optional(),
});

/** A member of a simulated course. Roles are full URIs; the family decides how they are written. */
export type SimulatedMember = z.infer<typeof simulatedMemberSchema>;
