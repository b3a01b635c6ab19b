import { type DataSourceOptions } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { PgClient } from './pg-client.js';
import { type PreparedStatements } from './prepared-statements.js';
import { SnakeNamingStrategy } from './snake-naming-strategy.js';

/** Named, so that the host app's default DataSource stays its own. */
export const LTI_DATA_SOURCE = 'nest-lti';

/** The tables are in a separate schema, because the database may be that of the host application. */
export const LTI_SCHEMA = 'nest_lti';

const CONNECT_TIMEOUT_MS = 10_000;
const QUERY_TIMEOUT_MS = 60_000;

/**
 * @param poolSize connections at most
 * @param statements those of the pool; without them no statement is prepared
 */
export function dataSourceOptions(
  url: string,
  poolSize: number,
  statements?: PreparedStatements,
): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    schema: LTI_SCHEMA,
    migrations,
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    namingStrategy: new SnakeNamingStrategy(),
    // TypeORM 0.3 leaves such a condition out: the first row of the table would match.
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    extra: {
      Client: PgClient,
      max: poolSize,
      statements,
      // The client's own clock: a server-side statement_timeout is a startup parameter, which poolers refuse.
      query_timeout: QUERY_TIMEOUT_MS,
      application_name: 'nest-lti',
    },
  };
}
