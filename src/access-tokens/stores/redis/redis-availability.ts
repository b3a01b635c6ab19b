import { Logger } from '@nestjs/common';
import { answerWithin } from '../../../common/bounded-wait.js';
import { type RedisConnection } from './redis-connection.js';
import { wordsOf } from './redis-failure.js';

/** Logs when Redis goes away and when it is back, once each, however many attempts there are in between. */
export class RedisAvailability {
  private readonly logger = new Logger('RedisTokenStore');
  private isReady = false;
  private isMissed = false;
  private isClosing = false;

  constructor(private readonly connection: RedisConnection) {
    const { client } = connection;
    client.on('ready', () => this.logUp());
    client.on('error', (error: unknown) => this.logDown(wordsOf(error)));
    client.on('close', () => this.logDown('the connection was closed'));
  }

  /** From now on a closed connection is not logged. */
  closing(): void {
    this.isClosing = true;
  }

  /** Connects. Resolves when the client is ready, or after `timeoutMs`; after that the client continues to retry. */
  async firstConnection(timeoutMs: number): Promise<void> {
    const { client } = this.connection;
    const ready = new Promise<void>((resolve) => client.once('ready', resolve));
    // The reason of a failure is also an event.
    client.connect().catch(() => undefined);
    await answerWithin(timeoutMs, ready);
    if (!this.isReady) this.logDown('it does not answer');
  }

  private logUp(): void {
    this.isReady = true;
    if (this.isMissed) this.logger.log(`Redis at ${this.connection.address} is back.`);
    this.isMissed = false;
  }

  private logDown(reason: string): void {
    this.isReady = false;
    if (this.isMissed || this.isClosing) return;
    this.isMissed = true;
    this.logger.warn(
      `Redis at ${this.connection.address} is not available (${reason}). Until it is back, each process requests its own tokens.`,
    );
  }
}
