import { Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { isPreparedStatementLost } from './postgres-errors.js';

/**
 * Begins a statement that each connection parses and plans once, and then runs by its name. For frequent statements outside of
 * transactions whose text is always the same: each text stays prepared as long as its connection.
 *
 * @example
 * await dataSource.query(`${PREPARED}SELECT title FROM nest_lti.course WHERE id = $1`, [id]);
 */
export const PREPARED = '/* prepared */ ';

/**
 * The prepared statements of a pool. A proxy with transaction pooling gives a client another connection for each transaction, on
 * which a statement of that name does not exist, or is one of another client. The first such error ends the use of names.
 */
export class PreparedStatements {
  private readonly logger = new Logger(PreparedStatements.name);
  private readonly names = new Map<string, string>();
  private isStopped = false;

  /** @returns undefined for a statement to be sent without a name */
  nameOf(text: string): string | undefined {
    if (this.isStopped || !text.startsWith(PREPARED)) return undefined;
    const known = this.names.get(text);
    if (known !== undefined) return known;
    // By the text: on a shared connection the same name is the same statement.
    const name = `nest_lti_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
    this.names.set(text, name);
    return name;
  }

  /** Sends all statements without names from now on if this error shows that names do not work: the statement has not run then. */
  stopAfter(error: unknown): boolean {
    if (!isPreparedStatementLost(error)) return false;
    if (!this.isStopped) {
      this.logger.warn(
        `PostgreSQL cannot run a prepared statement (${(error as Error).message}), so statements are sent without names from now on. ` +
          'Behind a proxy with transaction pooling set DATABASE_DIRECT_URL (database.directUrl).',
      );
    }
    this.isStopped = true;
    return true;
  }
}
