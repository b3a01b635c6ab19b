import { PlatformLane, type PlatformLaneOptions } from './platform-lane.js';

interface Entry {
  lane: PlatformLane;
  users: number;
}

/** A lane for each platform. Of those not in use only the latest are kept: URLs come from strangers too. */
export class PlatformLanes {
  /** The least recently used first. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly laneOptions: PlatformLaneOptions,
    private readonly maxIdle = 1000,
  ) {}

  async use<T>(origin: string, work: (lane: PlatformLane) => Promise<T>): Promise<T> {
    const entry = this.entries.get(origin) ?? { lane: new PlatformLane(origin, this.laneOptions), users: 0 };
    this.entries.delete(origin);
    this.entries.set(origin, entry);
    entry.users += 1;
    try {
      return await work(entry.lane);
    } finally {
      entry.users -= 1;
      this.forgetOldest();
    }
  }

  get size(): number {
    return this.entries.size;
  }

  /** A lane in use stays: its limit and its pause hold for those who wait in it. */
  private forgetOldest(): void {
    if (this.entries.size <= this.maxIdle) return;
    for (const [origin, { lane, users }] of this.entries) {
      if (users > 0) continue;
      this.entries.delete(origin);
      lane.close();
      if (this.entries.size <= this.maxIdle) return;
    }
  }
}
