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

export type LaunchAttackName = keyof typeof attacks;

/**
 * Every way in which the simulated platform can launch wrongly, by name. A tool has to refuse them all, but for
 * `markup-in-claims` (a good launch, to be escaped) and those that concern what the launch does not have, such as
 * `missing-for-user` when nobody is reviewed.
 */
export const launchAttacks: Readonly<Record<LaunchAttackName, Tamper>> = attacks;

export const launchAttackNames = Object.keys(launchAttacks) as [LaunchAttackName, ...LaunchAttackName[]];
