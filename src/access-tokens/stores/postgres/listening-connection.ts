import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { CHANGE_CHANNEL } from './access-token-statements.js';

export interface ConnectionTimes {
  /** How often a connection on which nothing is heard is asked whether it still lives. */
  heartbeatMs: number;
  /** The longest that a connection may take to be made, or to answer. */
  answerMs: number;
}

const GOODBYE_MS = 1000;

/** One connection that listens to the channel of changes, from its beginning to its end. */
export class ListeningConnection {
  // Our own, so that one that is dead can be dropped without anybody's consent.
  private readonly socket = new Socket();
  private readonly gone = new AbortController();
  private readonly client: Client;
  private isOpen = false;

  /** @param changed told of each change; must not throw */
  constructor(
    url: string,
    private readonly times: ConnectionTimes,
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
    this.client.on('error', (error) => this.gone.abort(error));
    this.client.on('end', () => this.gone.abort(new Error('The connection was closed')));
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
   * Rejects when the connection is lost, or does not answer though it seems to stand.
   *
   * @param alive told after each answer
   */
  async untilLost(alive: () => void): Promise<never> {
    for (;;) {
      // The signal's reason says what happened, where Node says only that it was aborted.
      await delay(this.times.heartbeatMs, undefined, { signal: this.gone.signal, ref: false }).catch(
        () => undefined,
      );
      this.gone.signal.throwIfAborted();
      await this.client.query('SELECT 1');
      alive();
    }
  }

  async close(): Promise<void> {
    this.gone.abort(new Error('The connection was closed'));
    if (this.isOpen) {
      const waited = new AbortController();
      const goodbye = this.client.end().finally(() => waited.abort());
      await Promise.race([
        goodbye.catch(() => undefined),
        delay(GOODBYE_MS, undefined, { signal: waited.signal, ref: false }).catch(() => undefined),
      ]);
    }
    this.socket.destroy();
  }
}
