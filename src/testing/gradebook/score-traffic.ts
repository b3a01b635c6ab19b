/**
 * How many score requests were in flight at once: from when a request was read whole until its answer began, or until
 * the platform noticed that its caller had gone. Requests that a fault turns away or leaves hanging are in flight too.
 */
export class ScoreTraffic {
  #all = 0;
  readonly #byUser = new Map<string, number>();
  #most = 0;
  #mostForOne = 0;
  readonly #overlapping = new Set<string>();

  /** The greatest number at once, of all line items and users. */
  get mostInFlight(): number {
    return this.#most;
  }

  /** The greatest number at once for one user in one line item: above 1, scores may have overtaken each other. */
  get mostInFlightForOne(): number {
    return this.#mostForOne;
  }

  /** Who had more than one, as `<path of scores> <user id>`; the first hundred. */
  get overlapping(): readonly string[] {
    return [...this.#overlapping];
  }

  /** Counts a request. @returns ends that; calling it again does nothing. */
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

  /** Forgets the greatest numbers, not what is in flight. */
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
