/**
 * How many score requests were in flight at once. A request is in flight from the time it was read until its answer
 * begins, or until its caller disconnects. Requests that a fault refuses or leaves without an answer count too.
 *
 * @example
 * expect(lms.scoreTraffic.mostInFlightForOne).toBe(1);
 */
export class ScoreTraffic {
  #all = 0;
  readonly #byUser = new Map<string, number>();
  #most = 0;
  #mostForOne = 0;
  readonly #overlapping = new Set<string>();

  /** The maximum at once, over all line items and users. */
  get mostInFlight(): number {
    return this.#most;
  }

  /** The maximum at once for one user in one line item. Above 1, scores may have arrived in another order. */
  get mostInFlightForOne(): number {
    return this.#mostForOne;
  }

  /** The users with more than one, as `<path of scores> <user id>`; the first hundred. */
  get overlapping(): readonly string[] {
    return [...this.#overlapping];
  }

  /** Counts a request. @returns a function that ends the count; a second call does nothing */
  enter(scoresPath: string, userId: string | undefined): () => void {
    const key = userId === undefined ? undefined : `${scoresPath} ${userId}`;
    this.#all += 1;
    this.#most = Math.max(this.#most, this.#all);
    if (key !== undefined) this.#enterFor(key);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.#all -= 1;
      if (key !== undefined) this.#leaveFor(key);
    };
  }

  /**
   * Resets the maxima, not the requests in flight.
   *
   * @example
   * lms.scoreTraffic.reset();
   */
  reset(): void {
    this.#most = this.#all;
    this.#mostForOne = Math.max(0, ...this.#byUser.values());
    this.#overlapping.clear();
  }

  #enterFor(key: string): void {
    const count = (this.#byUser.get(key) ?? 0) + 1;
    this.#byUser.set(key, count);
    this.#mostForOne = Math.max(this.#mostForOne, count);
    if (count > 1 && this.#overlapping.size < 100) this.#overlapping.add(key);
  }

  #leaveFor(key: string): void {
    const count = (this.#byUser.get(key) ?? 1) - 1;
    if (count === 0) this.#byUser.delete(key);
    else this.#byUser.set(key, count);
  }
}
