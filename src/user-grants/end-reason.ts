import { z } from 'zod';

/** Why the user has to authorize the tool, for the first time or again. */
export const endReasonSchema = z.enum([
  'no_grant',
  /** The user took it back, or the platform did. */
  'refused_by_platform',
  /** Of refresh tokens for one use: one was used, and what came back for it is lost. */
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
