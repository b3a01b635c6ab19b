import { type AccessToken } from '../../access-token.js';

const SLACK_MS = 10 * 60_000;
const MOST_MS = 365 * 24 * 3_600_000;

/** How long Redis remembers that a token request failed. */
export const keepFailureMs = 24 * 3_600_000;

/**
 * How long Redis keeps a token, from the moment when it is written: its life and some more. Neither the writer's clock nor
 * ours has a say in it, for they differ.
 */
export function keepTokenMs({ issuedAt, expiresAt }: AccessToken): number {
  const lifeMs = expiresAt.getTime() - issuedAt.getTime();
  return Math.min(MOST_MS, Math.max(0, Math.ceil(lifeMs)) + SLACK_MS);
}
