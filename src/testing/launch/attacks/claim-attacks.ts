import { claimNames, type Claims } from '../claim-names.js';
import { type Tamper } from './tamper.js';

const day = 86_400;

/** Attacks with tokens that the platform has signed: one for another tool, an old one, a wrong one. */
export const claimAttacks = {
  'iss-trailing-slash': changed('iss', (iss) => `${String(iss)}/`),
  'iss-other-case': changed('iss', (iss) => String(iss).replace('http', 'HTTP')),
  'iss-other': changed('iss', () => 'https://elsewhere.example'),
  'aud-other': changed('aud', () => 'another-tool'),
  'aud-list-other': changed('aud', () => ['another-tool']),
  'aud-untrusted-extra': {
    claims: (claims) => ({ ...claims, aud: [firstOf(claims.aud), 'https://elsewhere.example'] }),
  },
  'aud-empty-list': changed('aud', () => []),
  'azp-other': changed('azp', () => 'another-tool'),
  'exp-past': { claims: (claims) => ({ ...claims, exp: Number(claims.iat) - 600 }) },
  'exp-not-a-number': changed('exp', (exp) => String(exp)),
  'iat-future': later(3600),
  'iat-ancient': changed('iat', (iat) => Number(iat) - 30 * day),
  'nonce-foreign': changed('nonce', () => 'a-nonce-of-somebody-else'),
  'deployment-unknown': changed(claimNames.deploymentId, () => 'unknown-deployment'),
  'version-1.1': changed(claimNames.version, () => '1.1'),
  'message-type-unknown': changed(claimNames.messageType, () => 'LtiUnheardOfRequest'),
  'roles-not-a-list': changed(claimNames.roles, () => 'Instructor'),
  // The signed link leads to another host than the tool's.
  'target-link-elsewhere': changed(claimNames.targetLinkUri, () => 'https://elsewhere.example/phish'),
  'target-link-script': changed(claimNames.targetLinkUri, () => 'javascript:alert(1)'),
  'lti11-sign-wrong': changed(claimNames.lti11, (claim) => ({
    oauth_consumer_key: 'key',
    ...(claim as object | undefined),
    oauth_consumer_key_sign: Buffer.alloc(32).toString('base64'),
  })),
  'huge-token': changed(claimNames.custom, (custom) => ({
    ...(custom as object | undefined),
    padding: 'x'.repeat(1.5 * 1024 * 1024),
  })),
} as const satisfies Record<string, Tamper>;

function changed(name: string, change: (value: unknown) => unknown): Tamper {
  return { claims: (claims) => ({ ...claims, [name]: change(claims[name]) }) };
}

function later(seconds: number): Tamper {
  return {
    claims: ({ iat, exp, ...claims }: Claims) => ({
      ...claims,
      iat: Number(iat) + seconds,
      exp: Number(exp) + seconds,
    }),
  };
}

function firstOf(audience: unknown): unknown {
  return Array.isArray(audience) ? (audience as unknown[])[0] : audience;
}
