import { z } from 'zod';

/** Why the user has to authorize the tool, for the first time or again. */
export const endReasonSchema = z.enum([
  'no_grant',
  /** The user or the platform has revoked it. */
  'refused_by_platform',
  /** Rotating refresh tokens: one was used, and the answer with the next one was lost. */
  'refresh_answer_lost',
  'no_refresh_token',
  'insufficient_scope',
  'scopes_changed',
  'wrong_user',
  'unverified',
  'client_changed',
  /** Logged out. */
  'revoked',
]);
/** Why the user has to authorize the tool, for the first time or again. Stable, for programs. */
export type EndReason = z.output<typeof endReasonSchema>;
