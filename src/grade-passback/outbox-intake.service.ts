import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { createHash } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock.js';
import { InvalidRequest, type RequestFault } from '../common/reactions.errors.js';
import { UnsafeUrl } from '../common/url-policy.errors.js';
import { UrlPolicy } from '../common/url-policy.js';
import { type Course } from '../courses/course.entity.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { isDeadlock, isForeignKeyViolation, isNotOurDatabase } from '../database/postgres-errors.js';
import { scoreFaults } from '../lti-services/grades/family-limits.js';
import { lineItemKey, lineItemUrlAt } from '../lti-services/grades/line-item-urls.js';
import { courseErrors } from '../courses/course.errors.js';
import { passbackErrors } from './grade-passback.errors.js';
import { type CheckedScore, outboxScoreSchema, type ScoreVerdict } from './outbox.schema.js';

/** Clocks may differ by this much. Moodle refuses each score before the time of a score from the future. */
const MAX_AHEAD_MS = 120_000;
/** Errors in the verdict on one score. */
const MAX_FAULTS = 20;
/** The deepest nesting of a score that is accepted. */
const MAX_DEPTH = 100;
/** Rows of one statement. */
const PORTION = 1000;
/** Attempts of a transaction that meets a deadlock. */
const MAX_TRIES = 5;

/** A row of the outbox, in the names of its columns. */
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
  /** JSON as text inside the JSON of the rows, because PostgreSQL cannot parse JSON with NUL or an unpaired surrogate. */
  score: string;
  given_timestamp: Date | null;
}

type ScoreCheck = { row: IncomingRow } | { errors: RequestFault[] };

/** Where a score of the request is in the outbox now; `key-used`: the idempotency key belongs to another score. */
interface StoredRow {
  status: 'accepted' | 'duplicate' | 'key-used';
  id: string;
}

/** Checks scores, and writes the good ones into the outbox. */
@Injectable()
export class OutboxIntakeService {
  constructor(
    private readonly urlPolicy: UrlPolicy,
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Writes in the order given, which is the order of arrival. Optionally runs in the caller's transaction.
   *
   * @returns a verdict on each score
   * @throws {Conflict} `course_without_line_items`
   * @throws {ConfigurationInvalid} `outbox_elsewhere`
   */
  async add(
    course: Course,
    scores: readonly unknown[],
    manager: EntityManager = this.dataSource.manager,
  ): Promise<ScoreVerdict[]> {
    const checked = scores.map((score) => this.check(course, score));
    const rows = checked.flatMap((check) => ('row' in check ? [check.row] : []));
    const stored = (await this.write(manager, rows)).values();
    return checked.map((check, index): ScoreVerdict => {
      if ('errors' in check) return { index, status: 'refused', errors: check.errors };
      const { value } = stored.next() as IteratorYieldResult<StoredRow>;
      return verdictOf(index, value);
    });
  }

  private check(course: Course, input: unknown): ScoreCheck {
    const { id: courseId, lineItemsUrl, registration } = course;
    if (lineItemsUrl === null) throw courseErrors.withoutLineItems(courseId);
    if (typeof input !== 'object' || input === null) {
      return { errors: [{ field: '', message: 'is not a JSON object' }] };
    }
    if (isTooDeep(input)) return { errors: [{ field: '', message: 'is nested too deeply' }] };
    const parsed = outboxScoreSchema.safeParse(input);
    if (!parsed.success) return { errors: parsed.error.issues.slice(0, MAX_FAULTS).map(faultOf) };
    const { timestamp, lineItemId } = parsed.data;
    const faults = scoreFaults(parsed.data, registration.platformFamily);
    if (faults.length > 0) return { errors: faults };
    if (timestamp !== undefined && timestamp.getTime() > this.clock.nowMs() + MAX_AHEAD_MS) {
      return { errors: [{ field: 'timestamp', message: 'is in the future' }] };
    }
    try {
      const url = lineItemUrlAt(lineItemsUrl, registration.platformFamily, lineItemId);
      this.urlPolicy.check(url);
      return { row: rowOf(course, url, parsed.data, this.clock.now()) };
    } catch (error) {
      if (!(error instanceof InvalidRequest || error instanceof UnsafeUrl)) throw error;
      return { errors: [{ field: 'lineItemId', message: error.message }] };
    }
  }

  /** Writes all rows or none: after a failure the caller can send them all again. */
  private async write(
    manager: EntityManager,
    rows: readonly IncomingRow[],
    tries = MAX_TRIES,
  ): Promise<StoredRow[]> {
    if (rows.length === 0) return [];
    if (manager.queryRunner?.isTransactionActive === true) return this.writePortions(manager, rows);
    try {
      return await manager.transaction((own) => this.writePortions(own, rows));
    } catch (error) {
      // Requests with the same idempotency keys in another order: one of them has to start again.
      if (tries === 1 || !isDeadlock(error)) throw error;
      return this.write(manager, rows, tries - 1);
    }
  }

  private async writePortions(manager: EntityManager, rows: readonly IncomingRow[]): Promise<StoredRow[]> {
    const stored: StoredRow[] = [];
    for (let from = 0; from < rows.length; from += PORTION) {
      stored.push(...(await this.writePortion(manager, rows.slice(from, from + PORTION))));
    }
    return stored;
  }

  private async writePortion(manager: EntityManager, rows: readonly IncomingRow[]): Promise<StoredRow[]> {
    const inserted = new Set(await this.insert(manager, rows));
    if (inserted.size === rows.length) return rows.map(({ id }) => ({ status: 'accepted', id }));
    const earlier = await rowsByKey(manager, rows);
    return rows.map(({ id, course_id, idempotency_key, fingerprint }): StoredRow => {
      if (inserted.has(id)) return { status: 'accepted', id };
      const other = earlier.get(`${course_id} ${idempotency_key ?? ''}`);
      if (other === undefined) throw new Error('A score was not inserted, and no other score has its key.');
      return { status: other.fingerprint === fingerprint ? 'duplicate' : 'key-used', id: other.id };
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
      // The course was read just before, and a deleted course stays in its table for a minute: a database without it is another one.
      const isElsewhere = isNotOurDatabase(error) || isForeignKeyViolation(error);
      throw isElsewhere ? passbackErrors.outboxElsewhere(error) : error;
    }
  }
}

/** The rows of the outbox that have the idempotency keys of these, by course and key. */
async function rowsByKey(
  manager: EntityManager,
  rows: readonly IncomingRow[],
): Promise<Map<string, Pick<IncomingRow, 'id' | 'fingerprint'>>> {
  const found = await manager.query<
    Pick<IncomingRow, 'id' | 'course_id' | 'idempotency_key' | 'fingerprint'>[]
  >(
    `SELECT id, course_id, idempotency_key, fingerprint FROM nest_lti.outbox_score
     WHERE course_id = ANY ($1) AND idempotency_key = ANY ($2)`,
    [
      [...new Set(rows.map((row) => row.course_id))],
      rows.flatMap((row) => (row.idempotency_key === null ? [] : [row.idempotency_key])),
    ],
  );
  return new Map(found.map((row) => [`${row.course_id} ${row.idempotency_key ?? ''}`, row]));
}

function rowOf(
  { id: courseId, registrationId }: Course,
  lineItemUrl: string,
  score: CheckedScore,
  now: Date,
): IncomingRow {
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
    score: JSON.stringify(withSubmittedAt(fields, now)),
    given_timestamp: fields.timestamp ?? null,
  };
}

function verdictOf(index: number, { status, id }: StoredRow): ScoreVerdict {
  if (status !== 'key-used') return { index, status, id };
  const message = `was used for another score: ${id}`;
  return { index, status: 'refused', errors: [{ field: 'idempotencyKey', message }] };
}

function isTooDeep(value: unknown, left = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return left === 0 || Object.values(value).some((inner) => isTooDeep(inner, left - 1));
}

function faultOf(issue: { path: PropertyKey[]; message: string; keys?: string[] }): RequestFault {
  const { path, message, keys } = issue;
  const field = [...path, ...(keys?.slice(0, 1) ?? [])].map(String).join('.');
  return { field: field.slice(0, 100), message: keys === undefined ? message : 'is not known here' };
}

/**
 * Canvas counts an attempt for each new time of submission, and refuses a time in the future. So a score that starts an
 * attempt is stored with its time of submission, and all tries have the same one.
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

/** The fields of a JSON object have no order: a caller that sends a score again may write them in another order. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
