import { claimAttacks } from './claim-attacks.js';
import { formAttacks } from './form-attacks.js';
import { withMarkup } from './markup.js';
import { missingClaims } from './missing-claims.js';
import { signatureAttacks } from './signature-attacks.js';
import { type Tamper } from './tamper.js';

const attacks = {
  ...signatureAttacks,
  ...claimAttacks,
  ...missingClaims,
  ...formAttacks,
  'markup-in-claims': { claims: withMarkup },
} as const satisfies Record<string, Tamper>;

/** The name of an attack, such as `alg-none`. */
export type LaunchAttackName = keyof typeof attacks;

/**
 * Every wrong launch of the simulated platform, by name. A tool has to refuse each of them, except `markup-in-claims` (a valid
 * launch whose text has to be escaped) and those about a part that the launch does not have, such as `missing-for-user` in a
 * launch without a review.
 *
 * @example
 * lms.tamperNextLaunch(launchAttacks['alg-none']);
 */
export const launchAttacks: Readonly<Record<LaunchAttackName, Tamper>> = attacks;

/** The names of all attacks, for `it.each`. */
export const launchAttackNames = Object.keys(launchAttacks) as [LaunchAttackName, ...LaunchAttackName[]];
