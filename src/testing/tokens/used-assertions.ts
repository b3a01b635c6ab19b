const pruneAbove = 10_000;

/** The used ids of assertions, stored for the life of their assertion. */
export class UsedAssertions {
  readonly #expiryByUse = new Map<string, number>();

  /** Stores the id; false when this client has used it before. Times are seconds since 1970. */
  take(clientId: string, jti: string, expiresAtSeconds: number, nowSeconds: number): boolean {
    const use = JSON.stringify([clientId, jti]);
    if (this.#expiryByUse.has(use)) return false;
    if (this.#expiryByUse.size >= pruneAbove) this.#forgetExpired(nowSeconds);
    this.#expiryByUse.set(use, expiresAtSeconds);
    return true;
  }

  #forgetExpired(nowSeconds: number): void {
    for (const [use, expiresAt] of this.#expiryByUse) {
      if (expiresAt <= nowSeconds) this.#expiryByUse.delete(use);
    }
  }
}
