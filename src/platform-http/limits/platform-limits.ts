/** What a process does at one platform, for the one who shares the platform's limit out. */
export interface PlatformTraffic {
  /** Requests that take a slot now. */
  readonly inFlight: number;
  /** Requests that wait for a slot now. */
  readonly waiting: number;
  /** Requests a second lately; undefined where there were too few to tell. */
  readonly perSecond: number | undefined;
  /** The most that were in flight or waiting at once since this was last called. */
  takePeak(): number;
  /** There are more slots, or fewer, or another rate. */
  shareChanged(): void;
  /** Another process was told to ask for less. */
  paused(until: Date): void;
}

/** A refusal, as the process that met it sees it. */
export interface Refusal {
  /** When the refused request was sent: epoch ms by our clock. */
  sentAtMs: number;
  /** When the platform may be asked again. */
  pauseEnd: Date;
  /** Whether it is the first one of its pause. */
  isFirst: boolean;
}

/** The part of one platform's limit that is this process' own. */
export interface PlatformShare {
  /** Requests at once, now. 0: all are taken by other processes. */
  readonly slots: number;
  /** Requests a second, now; undefined where there is no bound. */
  readonly perSecond: number | undefined;
  /** Whether the two above hold. */
  readonly isKnown: boolean;
  /** Resolves within half a second, when they hold or have to do. Never rejects. */
  known(): Promise<void>;
  /** A slot was given back. */
  left(): void;
  refused(refusal: Refusal): void;
  /** It is not used any more. */
  release(): void;
}

/** Hands out the limits of platforms. */
export interface PlatformLimits {
  /** @param origin of the platform's URLs */
  share(origin: string, traffic: PlatformTraffic): PlatformShare;
  /** Gives back what this process has. Never rejects. */
  close(): Promise<void>;
}
