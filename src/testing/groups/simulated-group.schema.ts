import { z } from 'zod';

const id = z.string().min(1);

/** A group of a simulated course. */
export const simulatedGroupSchema = z.strictObject({
  id,
  name: z.string(),
  tag: z.string().optional(),
  /** The set that it is in. */
  setId: z.string().optional(),
  /** Its members. */
  userIds: z.array(z.string()).default([]),
});
export type SimulatedGroup = z.output<typeof simulatedGroupSchema>;
export type SimulatedGroupInput = z.input<typeof simulatedGroupSchema>;

/** A set of groups. */
export const simulatedGroupSetSchema = z.strictObject({ id, name: z.string() });
export type SimulatedGroupSet = z.output<typeof simulatedGroupSetSchema>;
