import { type EventEmitter } from 'node:events';
import { Client, type ClientConfig } from 'pg';
import { type PreparedStatements } from './prepared-statements.js';

/** The options of a client, and of its pool. */
interface PgClientConfig extends ClientConfig {
  /** Shared by the pool. Without it, no statement is prepared. */
  statements?: PreparedStatements | undefined;
}

type Query = (config: unknown, values?: unknown, callback?: unknown) => unknown;

/**
 * A pg client that never ends the process. pg emits `error` when a connection breaks, and without a listener that is an
 * uncaught exception. TypeORM's pool and the job engine add theirs when a connection has been made: too late for a server
 * that stops at that moment. This client listens from the beginning, and a listener that comes after an error hears of it.
 *
 * pg's `Pool` makes its clients of the option `Client`.
 */
export class PgClient extends Client {
  constructor(config?: string | PgClientConfig) {
    super(config);
    keepErrors(this);
    if (typeof config === 'object' && config.statements !== undefined)
      nameStatements(this, config.statements);
  }
}

function nameStatements(client: Client, statements: PreparedStatements): void {
  const query = client.query.bind(client) as Query;
  const byName = async (name: string, text: string, values: unknown): Promise<unknown> => {
    try {
      return await query({ name, text, values });
    } catch (error) {
      if (!statements.stopAfter(error)) throw error;
      return query(text, values);
    }
  };
  const named: Query = (config, values, callback) => {
    const name = typeof config === 'string' && callback === undefined ? statements.nameOf(config) : undefined;
    return name === undefined ? query(config, values, callback) : byName(name, config as string, values);
  };
  client.query = named as Client['query'];
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
