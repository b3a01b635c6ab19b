import { Cluster, type Redis } from 'ioredis';
import { ChangeListeners } from '../change-listeners.js';
import { reconnectDelayMs } from './redis-connection.js';

/** A connection that only listens does not notice that the server is down, so it sends PING. */
const HEARTBEAT_MS = 10_000;

/**
 * Subscribes to the changes on a connection of its own, which is opened for the first listener. After each new subscription
 * the listeners are notified that they may have missed changes.
 */
export class ChangeSubscription {
  private readonly listeners = new ChangeListeners();
  private connection: Redis | undefined;
  private nextAttempt: NodeJS.Timeout | undefined;
  private attempts = 0;
  private isBegun = false;
  private isClosed = false;

  constructor(
    private readonly client: Redis | Cluster,
    private readonly channel: string,
  ) {}

  /** @returns removes the listener */
  add(listener: (keyId: string | undefined) => void): () => void {
    const end = this.listeners.add(listener);
    if (!this.isBegun) this.connect();
    this.isBegun = true;
    return end;
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.nextAttempt);
    this.connection?.disconnect();
  }

  /** One attempt on one connection. When the connection ends, the next attempt follows. */
  private connect(): void {
    if (this.isClosed) return;
    const connection = this.newConnection();
    if (connection === undefined) {
      this.connectLater();
      return;
    }
    this.connection = connection;
    const heartbeat = setInterval(() => {
      connection.ping().catch(() => connection.disconnect());
    }, HEARTBEAT_MS);
    // The main connection logs the outage, which has the same reason.
    connection.on('error', () => undefined);
    connection.on('message', (_channel: string, keyId: string) => this.listeners.notify(keyId));
    connection.once('end', () => {
      clearInterval(heartbeat);
      this.connectLater();
    });
    void this.subscribe(connection);
  }

  private async subscribe(connection: Redis): Promise<void> {
    try {
      await connection.connect();
      await connection.subscribe(this.channel);
      this.attempts = 0;
      this.listeners.notify(undefined);
    } catch {
      connection.disconnect();
    }
  }

  private connectLater(): void {
    if (this.isClosed) return;
    this.attempts += 1;
    this.nextAttempt = setTimeout(() => this.connect(), reconnectDelayMs(this.attempts));
  }

  /** To the server, or to any node of a cluster: each node gets what is published on the others. */
  private newConnection(): Redis | undefined {
    const like = this.client instanceof Cluster ? anyOf(this.client.nodes('all')) : this.client;
    return like?.duplicate({ lazyConnect: true, enableOfflineQueue: false, retryStrategy: null });
  }
}

function anyOf(nodes: readonly Redis[]): Redis | undefined {
  return nodes[Math.floor(Math.random() * nodes.length)];
}
