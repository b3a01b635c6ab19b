/** Who came first goes first. Leaving it in between costs a search, and happens seldom. */
export class WaitingLine<T extends object> {
  private places: (T | undefined)[] = [];
  private head = 0;
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(one: T): void {
    this.places.push(one);
    this.count += 1;
  }

  shift(): T | undefined {
    while (this.head < this.places.length) {
      const one = this.places[this.head];
      this.places[this.head] = undefined;
      this.head += 1;
      if (one === undefined) continue;
      this.count -= 1;
      this.tidy();
      return one;
    }
    this.tidy();
    return undefined;
  }

  remove(one: T): void {
    const place = this.places.indexOf(one, this.head);
    if (place < 0) return;
    this.places[place] = undefined;
    this.count -= 1;
  }

  /** Empty places are dropped when they are the most: seldom enough to cost nothing. */
  private tidy(): void {
    if (this.head < 64 || this.head * 2 < this.places.length) return;
    this.places = this.places.slice(this.head);
    this.head = 0;
  }
}
