import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { checkUrlFields } from '../common/check-url-fields.js';
import { Clock } from '../common/clock.js';
import { parseInput } from '../common/parse-input.js';
import { InvalidRequest } from '../common/reactions.errors.js';
import { UrlPolicy } from '../common/url-policy.js';
import { Leases } from '../database/leases.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { type NamedLease } from '../database/named-lease.js';
import { calledUrl, lineItemKey } from '../lti-services/grades/line-item-urls.js';
import { deliveryLease } from '../grade-passback/outbox.repository.js';
import { type PlatformFamily } from '../registrations/platform-family.js';
import { RegistrationListeners, type UrlsAtOrigin } from '../registrations/registration-listeners.js';
import { RegistrationService } from '../registrations/registration.service.js';
import {
  type MoveCounts,
  type PlatformMoveInput,
  platformMoveSchema,
  type PlatformMoveView,
} from './platform-move.schema.js';
import { UrlPrefix } from './url-prefix.js';

/** Courses of one request at most. A repeated request moves the rest. */
const MAX_COURSES = 1000;
const ROWS_AT_ONCE = 1000;
const LEASE_TERM_MS = 30_000;
/** How long a delivery that is under way is waited for. */
const LEASE_WAIT_MS = 60_000;

interface Move {
  registrationId: string;
  family: PlatformFamily;
  from: UrlPrefix;
  to: UrlPrefix;
  lease: NamedLease;
  moved: MoveCounts;
  mergedLineItems: number;
}

/**
 * Moves the stored URLs of a platform that has another address now. No delivery of the registration runs meanwhile. Each
 * step commits by itself, and a repeated step finds nothing to move. So after a crash, repeat the request.
 *
 * @example
 * const move = { from: 'https://old.example.edu', to: 'https://new.example.edu' };
 * const { moved } = await moves.move(registrationId, { ...move, dryRun: true });
 */
@Injectable()
export class PlatformMoveService implements OnApplicationBootstrap {
  private readonly logger = new Logger(PlatformMoveService.name);

  constructor(
    private readonly registrations: RegistrationService,
    private readonly listeners: RegistrationListeners,
    private readonly leases: Leases,
    private readonly urlPolicy: UrlPolicy,
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Called by Nest. */
  onApplicationBootstrap(): void {
    this.listeners.add({ urlsAt: (registrationId, origins) => this.urlsAt(registrationId, origins) });
  }

  /**
   * Replaces the beginning of the stored URLs of a registration: of courses, resource links, line items and scores. Courses,
   * line items and results keep their identity, and rows that launches have already made on the new side are merged. The
   * registration's own URLs stay: change those by an edit.
   *
   * @example await moves.move(registrationId, { from: 'https://old.example.edu/moodle', to: 'https://new.example.edu' })
   * @throws {NotFound} `registration_not_found`, InvalidRequest
   * @throws {Unavailable} `lease_busy` while a delivery does not end; `lease_lost` when this process was paused. Repeat the request.
   */
  async move(registrationId: string, input: PlatformMoveInput): Promise<PlatformMoveView> {
    const { from, to, dryRun } = this.checked(input);
    const { platformFamily: family } = await this.registrations.get(registrationId);
    if (dryRun) return this.view({ from, to, dryRun, moved: await this.count(registrationId, from) });
    const terms = { termMs: LEASE_TERM_MS, waitMs: LEASE_WAIT_MS };
    return this.leases.hold(deliveryLease(registrationId), terms, async (lease) => {
      const move: Move = { registrationId, family, from, to, lease, moved: nothing(), mergedLineItems: 0 };
      for (const courseId of await this.coursesAt(registrationId, from, MAX_COURSES)) {
        lease.signal.throwIfAborted();
        await this.moveCourse(move, courseId);
      }
      const { courses: remainingCourses } = await this.count(registrationId, from);
      if (remainingCourses === 0) await this.forgetFaults(registrationId);
      const { moved, mergedLineItems } = move;
      this.logger.log(
        `Registration ${registrationId}: ${moved.courses} courses were moved from ${from.text} to ${to.text}; ` +
          `${remainingCourses} are left.`,
      );
      return this.view({ from, to, dryRun, moved, mergedLineItems, remainingCourses });
    });
  }

  private checked(input: PlatformMoveInput) {
    const { from, to, dryRun } = parseInput(platformMoveSchema, input);
    checkUrlFields(this.urlPolicy, { to });
    const prefixes = { from: new UrlPrefix(from), to: new UrlPrefix(to), dryRun };
    if (prefixes.from.covers(prefixes.to.text)) {
      const message =
        'must not lie below "from": a repeated request would move the same URLs again. Name a longer "from"';
      throw InvalidRequest.of([{ field: 'to', message }]);
    }
    return prefixes;
  }

  private view(move: {
    from: UrlPrefix;
    to: UrlPrefix;
    dryRun: boolean;
    moved: MoveCounts;
    mergedLineItems?: number;
    remainingCourses?: number;
  }): PlatformMoveView {
    const { from, to, dryRun, moved, mergedLineItems = 0, remainingCourses = moved.courses } = move;
    return { from: from.text, to: to.text, dryRun, moved, mergedLineItems, remainingCourses };
  }

  /** The courses that have a URL on the old side, in order of their ids. */
  private async coursesAt(registrationId: string, from: UrlPrefix, limit: number): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT c.id FROM nest_lti.course c WHERE c.registration_id = $1 AND ${courseHas(from)}
       ORDER BY c.id LIMIT $4`,
      [registrationId, ...from.parameters, limit],
    );
    return rows.map(({ id }) => id);
  }

  private async count(registrationId: string, from: UrlPrefix): Promise<MoveCounts> {
    const lineItemsAt = from.covering('i.line_item_id', '$2', '$3');
    const [row] = await this.dataSource.query<Record<keyof MoveCounts, number>[]>(
      `SELECT
         (SELECT count(*)::int FROM nest_lti.course c WHERE c.registration_id = $1 AND ${courseHas(from)}) AS courses,
         (SELECT count(*)::int FROM nest_lti.resource_link l JOIN nest_lti.course c ON c.id = l.course_id
          WHERE c.registration_id = $1 AND ${from.covering('l.line_item_url', '$2', '$3')}) AS "resourceLinks",
         (SELECT count(*)::int FROM nest_lti.line_item i JOIN nest_lti.course c ON c.id = i.course_id
          WHERE c.registration_id = $1 AND ${lineItemsAt}) AS "lineItems",
         (SELECT count(*)::int FROM nest_lti.result r JOIN nest_lti.course c ON c.id = r.course_id
          JOIN nest_lti.line_item i ON i.course_id = r.course_id AND i.line_item_key = r.line_item_key
          WHERE c.registration_id = $1 AND ${lineItemsAt}) AS results,
         (SELECT count(*)::int FROM nest_lti.outbox_score o
          WHERE o.registration_id = $1 AND ${from.covering('o.line_item_id', '$2', '$3')}) AS scores`,
      [registrationId, ...from.parameters],
    );
    return row ?? nothing();
  }

  /** Line items first: a sync that begins meanwhile fails at the old end points, and removes nothing. */
  private async moveCourse(move: Move, courseId: string): Promise<void> {
    const { from, to, lease, moved } = move;
    const lineItemsUrl = await this.lineItemsUrlOf(courseId);
    for (const url of await this.lineItemUrls(courseId, from)) {
      lease.signal.throwIfAborted();
      await this.moveLineItem(move, courseId, movedLineItem(move, lineItemsUrl, url));
    }
    await this.dataSource.transaction(async (manager) => {
      await lease.fence(manager);
      const parameters = [courseId, ...from.parameters, to.text, from.text.length + 1];
      const [, links] = await manager.query<[unknown[], number]>(
        `UPDATE nest_lti.resource_link SET line_item_url = $4 || substr(line_item_url, $5)
         WHERE course_id = $1 AND ${from.covering('line_item_url', '$2', '$3')}`,
        parameters,
      );
      const rebased = [
        'memberships_url',
        'line_items_url',
        'groups_url',
        'group_sets_url',
        'differences_url',
      ].map(
        (column) =>
          `${column} = CASE WHEN ${from.covering(column, '$2', '$3')} THEN $4 || substr(${column}, $5)
             ELSE ${column} END`,
      );
      // A course that was not found at its old address is due now.
      const isGone = "next_sync_reason = 'archived_gone'";
      await manager.query(
        `UPDATE nest_lti.course SET ${rebased.join(', ')}, updated_at = $6, gone_days = 0, gone_at = NULL,
           next_sync_at = CASE WHEN ${isGone} THEN $6 ELSE next_sync_at END,
           next_sync_reason = CASE WHEN ${isGone} THEN 'endpoints_changed' ELSE next_sync_reason END
         WHERE id = $1`,
        [...parameters, this.clock.now()],
      );
      moved.resourceLinks += links;
    });
    moved.courses += 1;
  }

  /** Of line items that are stored, that a link has, or that scores are for. */
  private async lineItemUrls(courseId: string, from: UrlPrefix): Promise<string[]> {
    const at = (column: string) => from.covering(column, '$2', '$3');
    const rows = await this.dataSource.query<{ url: string }[]>(
      `SELECT line_item_id AS url FROM nest_lti.line_item WHERE course_id = $1 AND ${at('line_item_id')}
       UNION SELECT line_item_url FROM nest_lti.resource_link WHERE course_id = $1 AND ${at('line_item_url')}
       UNION SELECT line_item_id FROM nest_lti.outbox_score WHERE course_id = $1 AND ${at('line_item_id')}`,
      [courseId, ...from.parameters],
    );
    return rows.map(({ url }) => url);
  }

  private async lineItemsUrlOf(courseId: string): Promise<string | null> {
    const [course] = await this.dataSource.query<{ line_items_url: string | null }[]>(
      'SELECT line_items_url FROM nest_lti.course WHERE id = $1',
      [courseId],
    );
    return course?.line_items_url ?? null;
  }

  private async moveLineItem(move: Move, courseId: string, lineItem: MovedLineItem): Promise<void> {
    const { url, newUrl, key, newKey, newOrigin } = lineItem;
    await this.inStep(move, (manager) => moveLastScores(manager, key, newKey));
    for (let count = ROWS_AT_ONCE; count === ROWS_AT_ONCE; move.moved.scores += count) {
      const [, rows] = await this.inStep(move, (manager) =>
        manager.query<[unknown[], number]>(
          `UPDATE nest_lti.outbox_score SET line_item_id = $3, line_item_key = $4, origin = $5
           WHERE id IN (SELECT id FROM nest_lti.outbox_score WHERE course_id = $1 AND line_item_id = $2 LIMIT $6)`,
          [courseId, url, newUrl, newKey, newOrigin, ROWS_AT_ONCE],
        ),
      );
      count = rows;
    }
    await this.inStep(move, (manager) => this.moveStoredLineItem(manager, move, courseId, lineItem));
  }

  private inStep<T>({ lease }: Move, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      await lease.fence(manager);
      return work(manager);
    });
  }

  private async moveStoredLineItem(
    manager: EntityManager,
    move: Move,
    courseId: string,
    { url, newUrl, newKey }: MovedLineItem,
  ): Promise<void> {
    // The fingerprint depends on the URL: the next sync writes the row again.
    const [, renamed] = await manager.query<[unknown[], number]>(
      `UPDATE nest_lti.line_item SET line_item_id = $4, fingerprint = ''
       WHERE course_id = $1 AND line_item_id = $2 AND line_item_key = $3`,
      [courseId, url, newKey, newUrl],
    );
    const made = await manager.query<unknown[]>(
      `INSERT INTO nest_lti.line_item (course_id, line_item_key, line_item_id, label, score_maximum, resource_link_id,
         resource_id, tag, start_date_time, end_date_time, grades_released, extensions, fingerprint, missing_since,
         updated_at)
       SELECT course_id, $3, $4, label, score_maximum, resource_link_id, resource_id, tag, start_date_time,
         end_date_time, grades_released, extensions, '', missing_since, updated_at
       FROM nest_lti.line_item WHERE course_id = $1 AND line_item_id = $2
       ON CONFLICT (course_id, line_item_key) DO NOTHING RETURNING course_id`,
      [courseId, url, newKey, newUrl],
    );
    const results = await manager.query<unknown[]>(
      `INSERT INTO nest_lti.result (course_id, line_item_key, user_id, result_score, result_maximum, comment,
         scoring_user_id, graded_at, extensions, fingerprint, missing_since, updated_at)
       SELECT r.course_id, $3, user_id, result_score, result_maximum, comment, scoring_user_id, graded_at, r.extensions,
         r.fingerprint, r.missing_since, r.updated_at
       FROM nest_lti.result r JOIN nest_lti.line_item i USING (course_id, line_item_key)
       WHERE r.course_id = $1 AND i.line_item_id = $2
       ON CONFLICT (course_id, line_item_key, user_id) DO NOTHING RETURNING course_id`,
      [courseId, url, newKey],
    );
    const [, removed] = await manager.query<[unknown[], number]>(
      'DELETE FROM nest_lti.line_item WHERE course_id = $1 AND line_item_id = $2',
      [courseId, url],
    );
    move.moved.lineItems += renamed + removed;
    move.moved.results += results.length;
    move.mergedLineItems += removed - made.length;
  }

  /** Ends suspensions that the old address caused. A pause by an operator stays. */
  private async forgetFaults(registrationId: string): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM nest_lti.passback_suspension WHERE registration_id = $1 AND cause <> 'operator'`,
      [registrationId],
    );
  }

  private async urlsAt(registrationId: string, origins: readonly string[]): Promise<UrlsAtOrigin[]> {
    const found: UrlsAtOrigin[] = [];
    for (const origin of origins) {
      const { courses, resourceLinks, lineItems, scores } = await this.count(
        registrationId,
        new UrlPrefix(origin),
      );
      if (courses > 0) found.push({ origin, courses, resourceLinks, lineItems, scores });
    }
    return found;
  }
}

/** A line item before and after the move. */
interface MovedLineItem {
  url: string;
  newUrl: string;
  key: string;
  newKey: string;
  /** The URL after the move. */
  newOrigin: string;
}

function movedLineItem(move: Move, lineItemsUrl: string | null, url: string): MovedLineItem {
  const { registrationId, family, from, to } = move;
  const newUrl = from.rebase(url, to);
  const isMoved = lineItemsUrl !== null && from.covers(lineItemsUrl);
  const newCalledUrl = calledUrl(isMoved ? from.rebase(lineItemsUrl, to) : lineItemsUrl, family, newUrl);
  return {
    url,
    newUrl,
    key: lineItemKey(registrationId, calledUrl(lineItemsUrl, family, url)),
    newKey: lineItemKey(registrationId, newCalledUrl),
    newOrigin: new URL(newCalledUrl).origin,
  };
}

function nothing(): MoveCounts {
  return { courses: 0, resourceLinks: 0, lineItems: 0, results: 0, scores: 0 };
}

/** Whether a course, or one of its rows, has a URL that would be moved. */
function courseHas(from: UrlPrefix): string {
  const at = (column: string) => from.covering(column, '$2', '$3');
  return `(${at('c.memberships_url')} OR ${at('c.line_items_url')} OR ${at('c.differences_url')}
    OR ${at('c.groups_url')} OR ${at('c.group_sets_url')}
    OR EXISTS (SELECT FROM nest_lti.resource_link l WHERE l.course_id = c.id AND ${at('l.line_item_url')})
    OR EXISTS (SELECT FROM nest_lti.line_item i WHERE i.course_id = c.id AND ${at('i.line_item_id')})
    OR EXISTS (SELECT FROM nest_lti.outbox_score o WHERE o.course_id = c.id AND ${at('o.line_item_id')}))`;
}

/** The later of two scores of one user counts: timestamps have to rise at the platform, also after the move. */
async function moveLastScores(manager: EntityManager, oldKey: string, newKey: string): Promise<void> {
  await manager.query(
    `INSERT INTO nest_lti.last_score AS l (line_item_key, user_id, arrival, ordered_at, sent_timestamp, course_id)
     SELECT $2::uuid, user_id, arrival, ordered_at, sent_timestamp, course_id FROM nest_lti.last_score WHERE line_item_key = $1
     ON CONFLICT (line_item_key, user_id) DO UPDATE SET arrival = greatest(l.arrival, excluded.arrival),
       ordered_at = greatest(l.ordered_at, excluded.ordered_at),
       sent_timestamp = greatest(l.sent_timestamp, excluded.sent_timestamp)`,
    [oldKey, newKey],
  );
  await manager.query('DELETE FROM nest_lti.last_score WHERE line_item_key = $1', [oldKey]);
}
