import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextRound, setTimeout as delay } from 'node:timers/promises';

/** ReadyForQuery, but for its last byte, the transaction's status. https://www.postgresql.org/docs/current/protocol-message-formats.html */
const READY = Buffer.from([0x5a, 0, 0, 0, 5]);
const STOPPING = errorResponse('57P01', 'terminating connection due to administrator command');

/** ErrorResponse */
function errorResponse(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.from([0x45, 0, 0, 0, 0]);
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/**
 * A way to PostgreSQL that can be made to fall silent (connections stay, and nothing comes through), to be slow, or to go
 * away.
 */
export class PostgresProxy {
  /** To the clients. */
  private readonly clients = new Set<Socket>();
  /** To PostgreSQL. */
  private readonly servers = new Set<Socket>();
  private silent = false;
  private latencyMs = 0;
  private stopsAtReady = false;
  private port = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  static async start(databaseUrl: string): Promise<PostgresProxy> {
    const target = new URL(databaseUrl);
    const server = createServer((socket) => proxy.serve(socket));
    const proxy = new PostgresProxy(server, target);
    await proxy.comeBack();
    return proxy;
  }

  /** The database through this proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${this.port}`;
    return url.href;
  }

  fallSilent(): void {
    this.silent = true;
    for (const socket of this.sockets()) socket.pause();
  }

  speakAgain(): void {
    this.silent = false;
    for (const socket of this.sockets()) socket.resume();
  }

  /** Stops sending in the middle of the packet that makes a connection ready. */
  stopAtReady(stops: boolean): void {
    this.stopsAtReady = stops;
  }

  /** Delays all data in both directions by this many milliseconds; 0 ends that. */
  slowDown(latencyMs: number): void {
    this.latencyMs = latencyMs;
  }

  /**
   * Ends all connections, and refuses new ones, as when the server is stopped. Resolves when the clients have closed theirs, too:
   * until then, a pool may give out an idle connection whose end it has not read.
   */
  async goAway(): Promise<void> {
    const closed = once(this.server.close(), 'close');
    for (const socket of this.servers) socket.destroy();
    await closed;
    // A client of this process reads the end of its connection in the same round of the event loop.
    await nextRound();
  }

  /** Listens again on the same port. */
  async comeBack(): Promise<void> {
    await once(this.server.listen(this.port, '127.0.0.1'), 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets()) socket.destroy();
    if (this.server.listening) await once(this.server.close(), 'close');
  }

  private sockets(): Socket[] {
    return [...this.clients, ...this.servers];
  }

  private serve(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    for (const [from, to, open] of [
      [client, server, this.clients],
      [server, client, this.servers],
    ] as const) {
      open.add(from);
      let passed = Promise.resolve();
      from.on('data', (bytes) => {
        if (this.latencyMs > 0) passed = passed.then(() => delay(this.latencyMs));
        // In order: data that arrives after the delay has ended must not overtake delayed data.
        passed = passed.then(() => {
          if (to === client && this.stopsAtReady && bytes.subarray(-READY.length - 1, -1).equals(READY)) {
            to.end(Buffer.concat([bytes, STOPPING]));
          } else {
            to.write(bytes);
          }
        });
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.end();
      });
      if (this.silent) from.pause();
    }
  }
}
