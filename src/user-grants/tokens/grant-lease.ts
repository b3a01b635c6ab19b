import { type GrantKey } from '../user-grant.entity.js';
import { TOKEN_REQUEST_MS } from './grant-token-endpoint.js';

/** How long a process that died with the lease delays the others. */
const TERM_MS = 5000;

/** The lease of a user's grant: one process at a time changes the grant. */
export function grantLeaseName({ registrationId, userId }: GrantKey): string {
  return `user-grant ${registrationId} ${userId}`;
}

/** Other processes wait for as long as a request may take, and for the lease of a holder that died. */
export const grantLeaseTerms = { termMs: TERM_MS, waitMs: TOKEN_REQUEST_MS + TERM_MS };
