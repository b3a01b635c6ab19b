import { z } from 'zod';

/** The answer of the API about the deliveries of a registration. */
export const deliveryStateViewSchema = z.object({
  /** `paused` by an operator; `suspended`, in whole or in part, by faults; else `running`. */
  status: z.enum(['running', 'paused', 'suspended']),
  /** How many suspensions there are. `GET /api/v1/registrations/:id/suspensions` lists them. */
  suspensions: z.int(),
  scores: z.object({ pending: z.int(), rejected: z.int() }),
});
/** Whether the scores of a registration are delivered, and how many suspensions, pending and rejected scores there are. */
export type DeliveryStateView = z.output<typeof deliveryStateViewSchema>;
