/** The life of a token, whatever else is known of it. */
export interface TokenSpan {
  issuedAt: Date;
  expiresAt: Date;
  /** The platform gives this token again until its end. Default: false. */
  repeated?: boolean;
}

/**
 * In epoch milliseconds: `expiresAt - margin`, where the margin is `maxMarginMs` or a fifth of the token's life if that
 * is less, for a token that lives 30 s must be usable too. A repeated token has no margin: no other is to be had.
 */
export function freshUntilMs(
  { issuedAt, expiresAt, repeated = false }: TokenSpan,
  maxMarginMs: number,
): number {
  const lifeMs = expiresAt.getTime() - issuedAt.getTime();
  return expiresAt.getTime() - (repeated ? 0 : Math.min(maxMarginMs, lifeMs / 5));
}
