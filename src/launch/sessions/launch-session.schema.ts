import { z } from 'zod';
import { launchContextSchema } from '../context/launch-context.schema.js';
import { type LaunchSession } from './launch-session.entity.js';

/** Body of POST /api/v1/launch-sessions/exchange. */
export const exchangeSchema = z.strictObject({
  /** The one-time code, as the tool got it in its URL or form. */
  code: z.string().min(1, 'must not be empty').max(256),
});
export type ExchangeCode = z.output<typeof exchangeSchema>;

/** A launch session in the REST API. */
export const launchSessionViewSchema = z.object({
  id: z.uuid(),
  launch: launchContextSchema,
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  revokedAt: z.iso.datetime().nullable(),
});
export type LaunchSessionView = z.output<typeof launchSessionViewSchema>;

export const exchangedSchema = launchSessionViewSchema.extend({
  /** Send it as `Authorization: Bearer` to routes behind `LtiLaunchGuard`. */
  token: z.string(),
});
export type ExchangedLaunch = z.output<typeof exchangedSchema>;

export function viewLaunchSession(session: LaunchSession): LaunchSessionView {
  return {
    id: session.id,
    launch: session.launch,
    createdAt: session.createdAt.toISOString(),
    expiresAt: session.expiresAt.toISOString(),
    revokedAt: session.revokedAt?.toISOString() ?? null,
  };
}
