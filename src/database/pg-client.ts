import { type EventEmitter } from 'node:events';
import { Client, type ClientConfig } from 'pg';

/**
 * A pg client that never ends the process. pg emits `error` when a connection breaks, and without a listener that is an
 * uncaught exception. TypeORM's pool and the job engine add theirs when a connection has been made: too late for a server
 * that stops at that moment. This client listens from the beginning, and a listener that comes after an error hears of it.
 *
 * pg's `Pool` makes its clients of the option `Client`.
 */
export class PgClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    keepErrors(this);
  }
}

function keepErrors(client: EventEmitter): void {
  let failure: Error | undefined;
  client.on('error', (error: Error) => (failure ??= error));
  client.on('newListener', (event: string, listener: (error: Error) => void) => {
    if (event !== 'error' || failure === undefined) return;
    const known = failure;
    process.nextTick(() => {
      if (client.listeners('error').includes(listener)) listener(known);
    });
  });
}
