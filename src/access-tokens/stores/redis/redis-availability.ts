import { Logger } from '@nestjs/common';
import { type RedisConnection } from './redis-connection.js';
import { wordsOf } from './redis-failure.js';

/** Says when Redis goes and when it is back: once each, however many attempts lie between. */
export class RedisAvailability {
  private readonly logger = new Logger('RedisTokenStore');
  private isReady = false;
  private isMissed = false;
  private isClosing = false;

  constructor(private readonly connection: RedisConnection) {
    const { client } = connection;
    client.on('ready', () => this.came());
    client.on('error', (error: unknown) => this.went(wordsOf(error)));
    client.on('close', () => this.went('the connection was closed'));
  }

  /** From now on it goes because we want it to. */
  closing(): void {
    this.isClosing = true;
  }

  /** Connects. Resolves when that is done, or after `patienceMs` all the same: the client goes on trying. */
  async firstConnection(patienceMs: number): Promise<void> {
    const { client } = this.connection;
    let timer: NodeJS.Timeout | undefined;
    const outOfPatience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs);
    });
    const ready = new Promise<void>((resolve) => client.once('ready', resolve));
    // Why it failed comes as an event too.
    client.connect().catch(() => undefined);
    await Promise.race([ready, outOfPatience]);
    clearTimeout(timer);
    if (!this.isReady) this.went('it does not answer');
  }

  private came(): void {
    this.isReady = true;
    if (this.isMissed) this.logger.log(`Redis at ${this.connection.address} is back.`);
    this.isMissed = false;
  }

  private went(why: string): void {
    this.isReady = false;
    if (this.isMissed || this.isClosing) return;
    this.isMissed = true;
    this.logger.warn(
      `Redis at ${this.connection.address} is not available (${why}). Each process asks for tokens of its own until it is back.`,
    );
  }
}
