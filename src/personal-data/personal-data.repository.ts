import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { ROWS_AT_ONCE } from './deletion.repository.js';
import { type PersonalTable, secretColumns } from './personal-data.tables.js';

/** A user of a registration, by the user id of LTI (`sub`). */
export interface UserKey {
  registrationId: string;
  userId: string;
}

/** A row about a user, without its secrets. */
export interface PersonalRow {
  key: string;
  data: Record<string, unknown>;
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const COURSES_AT_ONCE = 50;

/** What is stored about one user. Each statement reads or writes a bounded number of rows. */
@Injectable()
export class PersonalDataRepository {
  constructor(@InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource) {}

  /** Rows of a table about the user, by their keys, after `afterKey`. */
  async rows(
    { table, where, key }: PersonalTable,
    { registrationId, userId }: UserKey,
    afterKey: string,
    limit: number,
  ): Promise<PersonalRow[]> {
    const rows = await this.dataSource.query<{ key: string; data: Record<string, unknown> }[]>(
      // As json, not jsonb: the texts of platforms may contain NUL, which jsonb refuses.
      `SELECT ${key} AS key, row_to_json(stored) AS data FROM nest_lti.${table} stored
       WHERE (${where}) AND (${key}) COLLATE "C" > $3 ORDER BY (${key}) COLLATE "C" LIMIT $4`,
      [registrationId, userId, afterKey, limit],
    );
    return rows.map((row) => ({ key: row.key, data: withoutSecrets(row.data) }));
  }

  /** Deletes the user's rows of a table. @returns how many */
  async deleteRows({ table, where }: PersonalTable, { registrationId, userId }: UserKey): Promise<number> {
    return inPortions(async () => {
      const [, deleted] = await this.dataSource.query<[unknown[], number]>(
        `DELETE FROM nest_lti.${table} WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM nest_lti.${table} WHERE ${where} LIMIT $3 FOR UPDATE))`,
        [registrationId, userId, ROWS_AT_ONCE],
      );
      return deleted;
    });
  }

  /** Removes the user from events. An event that names nobody else is deleted. @returns from how many */
  async eraseFromEvents({ registrationId, userId }: UserKey): Promise<number> {
    return inPortions(async () => {
      const [row] = await this.dataSource.query<{ count: number }[]>(
        `WITH found AS (
           SELECT sequence, user_ids FROM nest_lti.event
           WHERE registration_id = $1 AND user_ids <> '{}' AND $2 = ANY (user_ids) LIMIT $3 FOR UPDATE),
         deleted AS (DELETE FROM nest_lti.event e USING found WHERE e.sequence = found.sequence
           AND array_remove(found.user_ids, $2) = '{}' RETURNING e.sequence),
         changed AS (UPDATE nest_lti.event e SET user_ids = array_remove(e.user_ids, $2), last_error = NULL FROM found
           WHERE e.sequence = found.sequence AND array_remove(found.user_ids, $2) <> '{}' RETURNING e.sequence)
         SELECT (SELECT count(*) FROM deleted)::int + (SELECT count(*) FROM changed)::int AS count`,
        [registrationId, userId, ROWS_AT_ONCE],
      );
      return row?.count ?? 0;
    });
  }

  async deleteSessions(ids: readonly string[]): Promise<void> {
    await this.dataSource.query('DELETE FROM nest_lti.launch_session WHERE id = ANY ($1)', [ids]);
  }

  /** In how many courses the last sync found the user. */
  async coursesListing({ registrationId, userId }: UserKey): Promise<number> {
    const [row] = await this.dataSource.query<{ count: number }[]>(
      `SELECT count(*)::int AS count FROM nest_lti.course c
       JOIN nest_lti.membership m ON m.course_id = c.id AND m.user_id = $2
       WHERE c.registration_id = $1 AND c.deleted_at IS NULL AND m.missing_since IS NULL`,
      [registrationId, userId],
    );
    return row?.count ?? 0;
  }

  /** Removes the user's id from the results of others that the user has graded. @returns from how many */
  async clearGrader({ registrationId, userId }: UserKey): Promise<number> {
    let cleared = 0;
    for (let after = FIRST_ID; ;) {
      const courses = await this.dataSource.query<{ id: string }[]>(
        'SELECT id FROM nest_lti.course WHERE registration_id = $1 AND id > $2 ORDER BY id LIMIT $3',
        [registrationId, after, COURSES_AT_ONCE],
      );
      const last = courses.at(-1);
      if (last === undefined) return cleared;
      after = last.id;
      const ids = courses.map(({ id }) => id);
      cleared += await inPortions(async () => {
        const [, count] = await this.dataSource.query<[unknown[], number]>(
          `UPDATE nest_lti.result SET scoring_user_id = NULL WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM nest_lti.result WHERE course_id = ANY ($1) AND scoring_user_id = $2 LIMIT $3 FOR UPDATE))`,
          [ids, userId, ROWS_AT_ONCE],
        );
        return count;
      });
    }
  }

  /** The same for scores of the outbox. */
  async clearGraderOfScores({ registrationId, userId }: UserKey): Promise<number> {
    let cleared = 0;
    const text = `"scoringUserId":${JSON.stringify(userId)}`;
    await this.readPages('outbox_score', 'score', registrationId, text, async (rows) => {
      const changed = rows.flatMap(({ id, json }) => {
        const { scoringUserId, ...score } = json;
        return scoringUserId === userId ? [{ id, score: JSON.stringify(score) }] : [];
      });
      if (changed.length === 0) return;
      await this.dataSource.query(
        `UPDATE nest_lti.outbox_score o SET score = given.score::json
         FROM unnest($1::uuid[], $2::text[]) AS given (id, score) WHERE o.id = given.id`,
        [changed.map(({ id }) => id), changed.map(({ score }) => score)],
      );
      cleared += changed.length;
    });
    return cleared;
  }

  /** Sessions in which a launch named the user, such as a submission review. The launched user may be another one. */
  sessionsNaming({ registrationId, userId }: UserKey): Promise<PersonalRow[]> {
    return this.naming('launch_session', 'launch', { registrationId, userId }, ({ forUser }) => ({
      forUser,
    }));
  }

  /** Notices that still have their claims, and name the user. */
  noticesNaming({ registrationId, userId }: UserKey): Promise<PersonalRow[]> {
    return this.naming('notice', 'claims', { registrationId, userId }, (claims) => ({
      forUser: claims['https://purl.imsglobal.org/spec/lti/claim/for_user'],
    }));
  }

  /** The rows stay, so that no platform can send them again. */
  async settleNotices(ids: readonly string[]): Promise<void> {
    await this.dataSource.query(
      `UPDATE nest_lti.notice SET claims = NULL, next_try_at = NULL, error = 'The user was erased.' WHERE id = ANY ($1)`,
      [ids],
    );
  }

  private async naming(
    table: string,
    column: string,
    { registrationId, userId }: UserKey,
    read: (json: Record<string, unknown>) => { forUser?: unknown },
  ): Promise<PersonalRow[]> {
    const found: PersonalRow[] = [];
    await this.readPages(table, column, registrationId, JSON.stringify(userId), (rows) => {
      for (const { id, json } of rows) {
        const { forUser } = read(json);
        if (idOf(forUser) === userId) found.push({ key: id, data: { id, forUser } });
      }
      return Promise.resolve();
    });
    return found;
  }

  /** Reads the JSON of the rows of a registration that contains a text, in portions. */
  private async readPages(
    table: string,
    column: string,
    registrationId: string,
    text: string,
    read: (rows: { id: string; json: Record<string, unknown> }[]) => Promise<void>,
  ): Promise<void> {
    for (let after = FIRST_ID; ;) {
      const rows = await this.dataSource.query<{ id: string; json: Record<string, unknown> | null }[]>(
        `SELECT id, CASE WHEN strpos(${column}::text, $3) > 0 THEN ${column} END AS json
         FROM (SELECT id, ${column} FROM nest_lti.${table} WHERE registration_id = $1 AND id > $2 ORDER BY id LIMIT $4) page
         ORDER BY id`,
        [registrationId, after, text, ROWS_AT_ONCE],
      );
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.id;
      await read(rows.flatMap(({ id, json }) => (json === null ? [] : [{ id, json }])));
    }
  }
}

async function inPortions(change: () => Promise<number>): Promise<number> {
  for (let total = 0; ;) {
    const count = await change();
    total += count;
    if (count < ROWS_AT_ONCE) return total;
  }
}

/** Of a user in a launch (`id`) or in the claims of a message (`user_id`). */
function idOf(user: unknown): unknown {
  const { id, user_id: userId } = Object(user) as Record<string, unknown>;
  return id ?? userId;
}

function withoutSecrets(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([column]) => !secretColumns.includes(column)));
}
