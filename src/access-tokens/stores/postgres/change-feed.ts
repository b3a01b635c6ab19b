import { Logger } from '@nestjs/common';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { answerWithin } from '../../../common/bounded-wait.js';
import { reasonOf } from '../../../database/database.errors.js';
import { type ChangeListeners } from '../change-listeners.js';
import { CHANGE_CHANNEL } from './access-token-statements.js';

export interface FeedTimes {
  /** How often a silent connection is tested with a query. */
  heartbeatMs: number;
  /** The time-out of the connection and of its queries. */
  answerMs: number;
  /** The back-off after the first failure. It doubles up to the longest. */
  retryMs: number;
  longestRetryMs: number;
}

const feedTimes: FeedTimes = { heartbeatMs: 30_000, answerMs: 5000, retryMs: 250, longestRetryMs: 30_000 };
const CLOSE_TIMEOUT_MS = 1000;

/**
 * Notifies the listeners of every change by any process, over one LISTEN connection that is opened again whenever it is lost.
 *
 * It runs by the machine's time and not by the injected clock, because this is about a connection.
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

  /** A second call changes nothing. */
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
        this.listeners.notify(keyId),
      );
      this.connection = connection;
      try {
        await connection.open();
        this.logUp();
        // Changes from before this moment were missed.
        this.listeners.notify(undefined);
        // Not when it opens: a connection that fails repeatedly needs the back-off, too.
        await connection.untilLost(() => (this.failures = 0));
      } catch (error) {
        if (!this.ending.signal.aborted) this.logDown(error);
      }
      await connection.close();
      await delay(this.backoffMs(), undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Jittered, so that processes do not reconnect together after a restart of the database. */
  private backoffMs(): number {
    const { retryMs, longestRetryMs } = this.times;
    return Math.min(retryMs * 2 ** (this.failures - 1), longestRetryMs) * (0.5 + Math.random() / 2);
  }

  private logUp(): void {
    if (this.isDown) this.logger.log('Notifications about changed access tokens arrive again.');
    this.isDown = false;
  }

  private logDown(error: unknown): void {
    this.failures += 1;
    if (this.isDown) return;
    this.isDown = true;
    this.logger.warn(
      `Notifications about changed access tokens do not arrive (${reasonOf(error)}). Meanwhile callers that wait for a token poll.`,
    );
  }
}

/** One connection that listens to the channel of changes, from when it opens until it is lost. */
class ListeningConnection {
  // Our own socket, so that a dead connection can be destroyed without waiting for pg.
  private readonly socket = new Socket();
  private readonly lost = new AbortController();
  private readonly client: Client;
  private isOpen = false;

  /** @param changed called for each change; must not throw */
  constructor(
    url: string,
    private readonly times: FeedTimes,
    changed: (keyId: string) => void,
  ) {
    this.client = new Client({
      connectionString: url,
      stream: () => this.socket,
      keepAlive: true,
      connectionTimeoutMillis: times.answerMs,
      query_timeout: times.answerMs,
      application_name: 'nest-lti-changes',
    });
    this.client.on('error', (error) => this.lost.abort(error));
    this.client.on('end', () => this.lost.abort(new Error('The connection was closed')));
    this.client.on('notification', ({ payload }) => {
      if (payload !== undefined) changed(payload);
    });
  }

  /** Rejects when there is no connection in time. */
  async open(): Promise<void> {
    await this.client.connect();
    this.isOpen = true;
    await this.client.query(`LISTEN ${CHANGE_CHANNEL}`);
  }

  /**
   * Rejects when the connection is lost, or seems open and does not answer.
   *
   * @param alive called after each answer
   */
  async untilLost(alive: () => void): Promise<never> {
    const { signal } = this.lost;
    for (;;) {
      // The signal's reason has the cause; the delay's own error does not.
      await delay(this.times.heartbeatMs, undefined, { signal, ref: false }).catch(() => undefined);
      signal.throwIfAborted();
      await this.client.query('SELECT 1');
      alive();
    }
  }

  async close(): Promise<void> {
    this.lost.abort(new Error('The connection was closed'));
    if (this.isOpen) {
      await answerWithin(
        CLOSE_TIMEOUT_MS,
        this.client.end().catch(() => undefined),
      );
    }
    this.socket.destroy();
  }
}
