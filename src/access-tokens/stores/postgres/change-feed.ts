import { Logger } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from '../../../database/database.errors.js';
import { type ChangeListeners } from '../change-listeners.js';
import { type ConnectionTimes, ListeningConnection } from './listening-connection.js';

export interface FeedTimes extends ConnectionTimes {
  /** The pause after the first failure; it doubles up to the longest. */
  retryMs: number;
  longestRetryMs: number;
}

const feedTimes: FeedTimes = { heartbeatMs: 30_000, answerMs: 5000, retryMs: 250, longestRetryMs: 30_000 };

/**
 * Tells the listeners of every change that any process makes, over one connection that is made anew for ever.
 *
 * It runs by the machine's time: this is about a connection, not about tokens.
 */
export class ChangeFeed {
  private readonly logger = new Logger('PostgresTokenStore');
  private readonly ending = new AbortController();
  private running: Promise<void> | undefined;
  private connection: ListeningConnection | undefined;
  private isDown = false;
  private failures = 0;

  constructor(
    private readonly directUrl: string,
    private readonly listeners: ChangeListeners,
    private readonly times: FeedTimes = feedTimes,
  ) {}

  /** Calling it again changes nothing. */
  start(): void {
    this.running ??= this.run();
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.connection?.close();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      const connection = new ListeningConnection(this.directUrl, this.times, (keyId) =>
        this.listeners.tell(keyId),
      );
      this.connection = connection;
      try {
        await connection.open();
        this.noteUp();
        // What changed before this moment was told to nobody.
        this.listeners.tell(undefined);
        // Not sooner: one that breaks again and again must not be made again and again without a pause.
        await connection.untilLost(() => (this.failures = 0));
      } catch (error) {
        if (!this.ending.signal.aborted) this.noteDown(error);
      }
      await connection.close();
      await delay(this.pauseMs(), undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Jittered, or all processes came back at once after a restart of the database. */
  private pauseMs(): number {
    const { retryMs, longestRetryMs } = this.times;
    return Math.min(retryMs * 2 ** (this.failures - 1), longestRetryMs) * (0.5 + Math.random() / 2);
  }

  private noteUp(): void {
    if (this.isDown) this.logger.log('Changes of access tokens are heard again.');
    this.isDown = false;
  }

  private noteDown(error: unknown): void {
    this.failures += 1;
    if (this.isDown) return;
    this.isDown = true;
    this.logger.warn(
      `Changes of access tokens are not heard (${reasonOf(error)}): those who wait for one look for it until they are.`,
    );
  }
}
