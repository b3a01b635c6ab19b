import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock.js';
import { isForeignKeyViolation, isNotOurDatabase } from '../database/postgres-errors.js';
import { OutboxElsewhere } from './grade-passback.errors.js';
import { lineItemKey } from './line-item-key.js';
import { type CheckedScore } from './outbox.schema.js';

/** A score that is fit for the outbox. */
export interface IncomingScore {
  registrationId: string;
  courseId: string;
  /** Where its line item is called. */
  lineItemUrl: string;
  score: CheckedScore;
}

/** Where a score of the request is in the outbox now. */
export type Intake =
  | { status: 'accepted' | 'duplicate'; id: string }
  /** The key belongs to a score with other content. */
  | { status: 'key-taken'; id: string };

const PORTION = 1000;

/** Writes scores into the outbox, in the caller's transaction. */
@Injectable()
export class OutboxIntake {
  constructor(@Inject(Clock) private readonly clock: Clock) {}

  /**
   * In the order given, which is the order of their arrival.
   *
   * @throws OutboxElsewhere
   */
  async write(manager: EntityManager, scores: readonly IncomingScore[]): Promise<Intake[]> {
    const rows = scores.map((score) => this.rowOf(score));
    const written: Intake[] = [];
    for (let from = 0; from < rows.length; from += PORTION) {
      written.push(...(await this.writePortion(manager, rows.slice(from, from + PORTION))));
    }
    return written;
  }

  private async writePortion(manager: EntityManager, rows: readonly IncomingRow[]): Promise<Intake[]> {
    const inserted = new Set(await this.insert(manager, rows));
    if (inserted.size === rows.length) return rows.map(({ id }) => ({ status: 'accepted', id }));
    const taken = await this.byKey(manager, rows);
    return rows.map(({ id, course_id, idempotency_key, fingerprint }): Intake => {
      if (inserted.has(id)) return { status: 'accepted', id };
      const other = taken.get(`${course_id} ${idempotency_key ?? ''}`);
      if (other === undefined) throw new Error('A score met a conflict, and there is none.');
      return { status: other.fingerprint === fingerprint ? 'duplicate' : 'key-taken', id: other.id };
    });
  }

  private async insert(manager: EntityManager, rows: readonly IncomingRow[]): Promise<string[]> {
    try {
      const inserted = await manager.query<{ id: string }[]>(
        `INSERT INTO nest_lti.outbox_score (id, registration_id, course_id, line_item_id, line_item_key, origin,
           user_id, idempotency_key, fingerprint, score, given_timestamp, status, due_at, created_at)
         SELECT id, registration_id, course_id, line_item_id, line_item_key, origin,
           user_id, idempotency_key, fingerprint, score::json, given_timestamp, 'pending', $2, $2
         FROM json_to_recordset($1::json) AS r (position int, id uuid, registration_id uuid, course_id uuid,
           line_item_id text, line_item_key uuid, origin text, user_id text, idempotency_key text,
           fingerprint text, score text, given_timestamp timestamptz)
         ORDER BY position
         ON CONFLICT (course_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
         RETURNING id`,
        [JSON.stringify(rows.map((row, position) => ({ ...row, position }))), this.clock.now()],
      );
      return inserted.map(({ id }) => id);
    } catch (error) {
      // Without the course it is another's: ours are never deleted from the table.
      const isElsewhere = isNotOurDatabase(error) || isForeignKeyViolation(error);
      throw isElsewhere ? new OutboxElsewhere({ cause: error }) : error;
    }
  }

  private async byKey(
    manager: EntityManager,
    rows: readonly IncomingRow[],
  ): Promise<Map<string, { id: string; fingerprint: string }>> {
    const found = await manager.query<
      { id: string; course_id: string; idempotency_key: string; fingerprint: string }[]
    >(
      `SELECT id, course_id, idempotency_key, fingerprint FROM nest_lti.outbox_score
       WHERE course_id = ANY ($1) AND idempotency_key = ANY ($2)`,
      [
        [...new Set(rows.map((row) => row.course_id))],
        rows.flatMap((row) => (row.idempotency_key === null ? [] : [row.idempotency_key])),
      ],
    );
    return new Map(found.map((row) => [`${row.course_id} ${row.idempotency_key}`, row]));
  }

  private rowOf({ registrationId, courseId, lineItemUrl, score }: IncomingScore): IncomingRow {
    const { lineItemId, idempotencyKey, ...fields } = score;
    return {
      id: uuidv7(),
      registration_id: registrationId,
      course_id: courseId,
      line_item_id: lineItemId,
      line_item_key: lineItemKey(registrationId, lineItemUrl),
      origin: new URL(lineItemUrl).origin,
      user_id: fields.userId,
      idempotency_key: idempotencyKey ?? null,
      fingerprint: fingerprintOf(lineItemId, fields),
      score: JSON.stringify(withSubmittedAt(fields, this.clock.now())),
      given_timestamp: fields.timestamp ?? null,
    };
  }
}

interface IncomingRow {
  id: string;
  registration_id: string;
  course_id: string;
  line_item_id: string;
  line_item_key: string;
  origin: string;
  user_id: string;
  idempotency_key: string | null;
  fingerprint: string;
  /** JSON within the JSON of the rows: PostgreSQL would read a NUL or half a character there, and cannot. */
  score: string;
  given_timestamp: Date | null;
}

/**
 * Canvas counts an attempt for each new time of submission, and refuses one of the future: a score that begins an attempt has
 * one and the same time in all of its tries.
 */
function withSubmittedAt<T extends Pick<CheckedScore, 'timestamp' | 'submission' | 'canvasSubmission'>>(
  fields: T,
  now: Date,
): T {
  const { timestamp, submission, canvasSubmission } = fields;
  if (canvasSubmission?.newSubmission !== true || canvasSubmission.submittedAt !== undefined) return fields;
  if (submission?.submittedAt !== undefined) return fields;
  const submittedAt = timestamp !== undefined && timestamp < now ? timestamp : now;
  return { ...fields, canvasSubmission: { ...canvasSubmission, submittedAt } };
}

function fingerprintOf(lineItemId: string, fields: object): string {
  const text = JSON.stringify(fields, inOrder);
  return createHash('sha256').update(`${lineItemId} ${text}`).digest('base64url');
}

/** The fields of a JSON object have no order: whoever sends a score again may write them in another. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
