import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { parseInput } from '../../common/parse-input.js';
import { withQuery } from '../../common/query.js';
import { InvalidRequest } from '../../common/reactions.errors.js';
import { Scope } from '../../common/scopes.js';
import { type OAuthClient } from '../../access-tokens/oauth-client.js';
import { readList, send, type UnreadableEntry } from './grade-calls.js';
import { findableFaults, isRounded, lineItemFaults, scoreFaults } from './family-limits.js';
import { gradesErrors, GradesRefused } from './grades.errors.js';
import { scoreRefusal } from './grades-refusal.js';
import { lineItemsUrl, lineItemUrl, ScoresUrls, withCallableId } from './line-item-urls.js';
import { LineItemMaximums } from './line-item-maximums.js';
import { LineItemFinder } from './line-item-finder.js';
import {
  changedLineItemBody,
  type LineItem,
  lineItemIdOf,
  newLineItemBody,
  readLineItem,
} from './line-item.js';
import {
  findableLineItemSchema,
  type LineItemChanges,
  lineItemChangesSchema,
  type NewLineItem,
  newLineItemSchema,
} from './line-item.schema.js';
import { readResult, type Result, resultUserIdOf } from './result.js';
import { asksForAll, resultsStart } from './results-request.js';
import { scoreBody, isSaved } from './score-exchange.js';
import { type Score, type ScoreInput, scoreSchema, type StoredScore } from './score.schema.js';
import { fetchLineItem, LINE_ITEM, writtenLineItem } from './written-line-item.js';

const LINE_ITEMS = 'application/vnd.ims.lis.v2.lineitemcontainer+json';
const RESULTS = 'application/vnd.ims.lis.v2.resultcontainer+json';
const SCORE = 'application/vnd.ims.lis.v1.score+json';
const MAX_LINE_ITEMS = 10_000;
const MAX_RESULTS = 100_000;

/** Which line items `GradeService.lineItems` reads (AGS 2.0 3.2.4). All may be left out. */
export interface LineItemQuery {
  /** Only line items of this resource link. */
  resourceLinkId?: string;
  /** Only line items with this `resourceId` of the tool. */
  resourceId?: string;
  /** Only line items with this tag. */
  tag?: string;
  /** Line items per page: a hint to the platform. All pages are read. */
  limit?: number;
  /** The most line items to read; more are an error. Default: 10,000. */
  max?: number;
  /** Ends the reading; the call rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called for each line item that could not be read, or has no usable maximum. */
  onUnreadable?: (entry: UnreadableEntry) => void;
}

/** Which results `GradeService.results` reads (AGS 2.0 3.3.3). All may be left out. */
export interface ResultQuery {
  /** Reads the results of this student only. */
  userId?: string;
  /** Results per page: a hint to the platform. All pages are read. */
  limit?: number;
  /** The most results to read; more are an error. Default: 100,000. */
  max?: number;
  /** Ends the reading; the call rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called for each result that could not be read. */
  onUnreadable?: (entry: UnreadableEntry) => void;
}

/** Options of `GradeService.postScore`. */
export interface PostScoreOptions {
  /** How long to wait for a platform that throttles. Default: 30 s; 0: not at all. */
  maxThrottleWaitMs?: number;
}

/**
 * The gradebook of a course: Assignment and Grade Services 2.0. Every call throws what OAuthClient.send throws,
 * `GradesRefused` with its codes, `ScopeMismatch`, and these:
 *
 * @throws {InvalidRequest} `no_line_items_endpoint`, `foreign_line_item`, `too_many_grades` for a list above `max`
 * @throws {Unavailable} `grades_unavailable`
 * @throws {PlatformAnswerInvalid} `grades_unreadable`
 * @example
 * const client = await oauth.authenticate(registration, { lineItems: lineItemsUrl });
 * const lineItem = await grades.findOrCreate(client, { label: 'Quiz 1', scoreMaximum: 20, resourceId: 'quiz-1' });
 * await grades.postScore(client, lineItem.id, { userId: '42', scoreGiven: 15, scoreMaximum: 20 });
 */
@Injectable()
export class GradeService {
  private readonly scoresUrls = new ScoresUrls();
  private readonly maximums = new LineItemMaximums();

  constructor(
    @Inject(Clock) private readonly clock: Clock,
    private readonly finder: LineItemFinder,
  ) {}

  /**
   * Reads all pages of the line items that the tool may see. A line item whose id is not a full URL is skipped; one without a
   * usable maximum has a `scoreMaximum` of 0. `onUnreadable` is called for both.
   *
   * @example
   * const lineItems = await grades.lineItems(client, { resourceId: 'quiz-1' });
   */
  async lineItems(client: OAuthClient, query: LineItemQuery = {}): Promise<LineItem[]> {
    client.requireAnyScope(Scope.lineItem, Scope.lineItemReadonly);
    const { resourceLinkId, resourceId, tag, limit, max = MAX_LINE_ITEMS, signal, onUnreadable } = query;
    const endpoint = lineItemsUrl(client);
    const start = withQuery(endpoint, {
      resource_link_id: resourceLinkId,
      // Sakai's name of this parameter.
      lti_link_id: client.registration.platformFamily === 'sakai' ? resourceLinkId : undefined,
      resource_id: resourceId,
      tag,
      limit,
    });
    const call = { client, what: 'line items', signal };
    const idOf = (json: unknown) => lineItemIdOf(json, endpoint);
    const request = { endpoint, start, mediaType: LINE_ITEMS, max, idOf, onUnreadable };
    const found = await readList(call, request, (json) => readLineItem(json));
    return found.map((entry) => {
      const lineItem = withCallableId(client, entry.lineItem);
      if (lineItem.scoreMaximum === 0)
        onUnreadable?.({ field: 'scoreMaximum', isSkipped: false, id: lineItem.id });
      return lineItem;
    });
  }

  /**
   * Reads one line item.
   *
   * @example
   * const { label, scoreMaximum } = await grades.lineItem(client, lineItemId);
   */
  async lineItem(client: OAuthClient, id: string): Promise<LineItem> {
    client.requireAnyScope(Scope.lineItem, Scope.lineItemReadonly);
    return (await fetchLineItem(client, id)).lineItem;
  }

  /**
   * Creates a line item, even if there is one like it.
   *
   * @example
   * const lineItem = await grades.create(client, { label: 'Quiz 1', scoreMaximum: 20, resourceId: 'quiz-1' });
   */
  async create(
    client: OAuthClient,
    input: NewLineItem,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<LineItem> {
    client.requireScope(Scope.lineItem);
    const what = 'the new line item';
    const checked = this.checkedLineItem(client, parseInput(newLineItemSchema, input));
    const answer = await send(
      { client, what, signal },
      {
        method: 'POST',
        url: lineItemsUrl(client),
        headers: { 'content-type': LINE_ITEM, accept: LINE_ITEM },
        body: newLineItemBody(checked),
      },
    );
    return writtenLineItem(client, answer, what);
  }

  /**
   * Finds the line item of this `resourceId` (and `tag`, if given), or else of this `resourceLinkId`, or else creates
   * one. All processes together create only one. A line item that is found is not changed, even if its label or
   * maximum differs.
   *
   * If several match, it chooses the one that matches most of the three names, and of these the first in the platform's list.
   * A line item of the link with another `resourceId` or `tag` does not match.
   *
   * @throws {InvalidRequest} also without `resourceId` and `resourceLinkId`: nothing else identifies the line item;
   *   and without `resourceId` if one has to be created at Blackboard, which does not store the link of such a line
   *   item
   * @throws {Unavailable} `lease_busy`, `lease_lost`, `database_unavailable` if one has to be created
   * @example
   * const lineItem = await grades.findOrCreate(client, { label: 'Quiz 1', scoreMaximum: 20, resourceId: 'quiz-1' });
   */
  async findOrCreate(client: OAuthClient, input: NewLineItem): Promise<LineItem> {
    client.requireScope(Scope.lineItem);
    const wanted = this.checkedLineItem(client, parseInput(findableLineItemSchema, input));
    return this.finder.findOrCreate(wanted, {
      registrationId: client.registration.id,
      url: lineItemsUrl(client),
      list: (query) => this.lineItems(client, query),
      create: (signal) => {
        const faults = findableFaults(wanted, client.registration.platformFamily);
        if (faults.length > 0) throw InvalidRequest.of(faults);
        return this.create(client, input, { signal });
      },
    });
  }

  /**
   * Changes the given fields. A PUT replaces the whole line item, so it is read first: fields that nest-lti does not
   * know stay unchanged.
   *
   * @example
   * await grades.update(client, lineItem.id, { label: 'Quiz 1 (final)', endDateTime: null });
   */
  async update(client: OAuthClient, id: string, changes: LineItemChanges): Promise<LineItem> {
    client.requireScope(Scope.lineItem);
    const checked = this.checkedLineItem(client, parseInput(lineItemChangesSchema, changes));
    const { wire } = await fetchLineItem(client, id);
    const what = 'the change of the line item';
    const answer = await send(
      { client, what },
      {
        method: 'PUT',
        url: lineItemUrl(client, id),
        headers: { 'content-type': LINE_ITEM, accept: LINE_ITEM },
        body: changedLineItemBody(wire, checked, client.registration.platformFamily),
      },
    );
    return writtenLineItem(client, answer, what, id);
  }

  /**
   * Deletes a line item with its grades. It is not an error if the line item is gone already.
   *
   * @param options.force deletes it even if it belongs to a link of the course
   * @throws {Conflict} `line_item_coupled`
   * @example
   * await grades.delete(client, lineItem.id);
   */
  async delete(client: OAuthClient, id: string, { force = false }: { force?: boolean } = {}): Promise<void> {
    client.requireScope(Scope.lineItem);
    const url = lineItemUrl(client, id);
    try {
      if (!force && (await this.lineItem(client, id)).resourceLinkId !== undefined)
        throw gradesErrors.lineItemCoupled(id);
      await send({ client, what: 'the deletion of the line item' }, { method: 'DELETE', url });
    } catch (error) {
      if (!(error instanceof GradesRefused && error.code === 'line_item_gone')) throw error;
    }
  }

  /**
   * Sends one score, at most once. If there is no answer, the caller decides whether to send it again.
   *
   * @example await grades.postScore(client, lineItem.id, { userId: '42', scoreGiven: 15, scoreMaximum: 20 })
   * @throws GradesRefused `score_stale` when the platform has a score of this user that is as new, or newer
   * @throws {PlatformRefused} `score_intercepted` when a proxy or firewall answered instead of the gradebook
   */
  async postScore(
    client: OAuthClient,
    lineItemId: string,
    input: ScoreInput,
    { maxThrottleWaitMs }: PostScoreOptions = {},
  ): Promise<void> {
    client.requireScope(Scope.score);
    const score = parseInput(scoreSchema, input);
    const timestamp = score.timestamp ?? this.clock.now();
    await this.sendScore(client, lineItemId, score, { timestamp, maxThrottleWaitMs });
  }

  /**
   * Sends a score that was checked before it was stored, at most once. Does not wait for a platform that throttles.
   *
   * @internal
   * @throws as `postScore`
   */
  async postStoredScore(
    client: OAuthClient,
    lineItemId: string,
    score: StoredScore,
    timestamp: Date,
  ): Promise<void> {
    client.requireScope(Scope.score);
    await this.sendScore(client, lineItemId, score, { timestamp, maxThrottleWaitMs: 0 });
  }

  private async sendScore(
    client: OAuthClient,
    lineItemId: string,
    checked: Score | StoredScore,
    { timestamp, maxThrottleWaitMs }: { timestamp: Date; maxThrottleWaitMs: number | undefined },
  ): Promise<void> {
    const { platformFamily: family } = client.registration;
    // The family may have been edited since a score was stored.
    const faults = scoreFaults(checked, family);
    if (faults.length > 0) throw InvalidRequest.of(faults);
    const score = isRounded(checked.scoreGiven, family)
      ? await this.maximums.scaled(client, lineItemId, checked)
      : checked;
    const answer = await client.send({
      service: 'grades',
      method: 'POST',
      url: this.scoresUrls.of(client, lineItemId),
      headers: { 'content-type': SCORE },
      body: scoreBody(score, timestamp, family),
      maxThrottleWaitMs,
    });
    if (!isSaved(answer, family)) throw scoreRefusal(answer, family);
  }

  private checkedLineItem<T extends LineItemChanges>(client: OAuthClient, fields: T): T {
    const faults = lineItemFaults(fields, client.registration.platformFamily);
    if (faults.length > 0) throw InvalidRequest.of(faults);
    return fields;
  }

  /**
   * Reads all pages of the results of a line item. A result that cannot be read, such as one without a user, is skipped, and
   * `onUnreadable` is called for it.
   *
   * @example
   * const [result] = await grades.results(client, lineItem.id, { userId: '42' });
   * const percent = result?.resultScore === undefined ? undefined : (100 * result.resultScore) / result.resultMaximum;
   */
  async results(client: OAuthClient, lineItemId: string, query: ResultQuery = {}): Promise<Result[]> {
    client.requireScope(Scope.resultReadonly);
    const { userId, limit, max = MAX_RESULTS, signal, onUnreadable } = query;
    const url = lineItemUrl(client, lineItemId);
    const { platformFamily } = client.registration;
    const start = resultsStart(url, { userId, limit }, platformFamily);
    // The caller's bound applies to returned results. Those of other students are not returned.
    const most = userId !== undefined && asksForAll(platformFamily) ? MAX_RESULTS : max;
    const call = { client, what: 'results', signal };
    const request = {
      endpoint: url,
      start,
      mediaType: RESULTS,
      max: most,
      idOf: resultUserIdOf,
      onUnreadable,
    };
    const found = await readList(call, request, readResult);
    // Some platforms ignore the filter.
    return userId === undefined ? found : found.filter((result) => result.userId === userId);
  }
}
