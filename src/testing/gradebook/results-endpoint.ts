import { type Endpoint } from '../platform/endpoint.js';
import { type Fault } from '../faults/fault.schema.js';
import { type GradebookAccess } from './gradebook-access.js';
import { gradebookList, gradebookText } from './gradebook-list.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { resultJson } from './result-json.js';
import { agsScopes, resultContainerMediaType } from '../service-constants.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type SimulatedLineItem } from './simulated-line-item.js';
import { GradebookRefused } from './gradebook.errors.js';

/** The result service (AGS 2.0 3.3). */
export class ResultsEndpoint implements Endpoint {
  readonly faultTarget = 'results';
  readonly #access: GradebookAccess;

  constructor(access: GradebookAccess) {
    this.#access = access;
  }

  matches(path: string): boolean {
    return this.#access.path(path)?.service === 'results';
  }

  countRequest(): void {
    this.#access.platform.counters.counts.resultRequests += 1;
  }

  courseOf(path: string): string | undefined {
    return this.#access.path(path)?.contextId;
  }

  answer(request: PlatformRequest, faults: readonly Fault[]): Answer {
    return this.#access.answerOrRefuse(request, () => this.#read(request, faults));
  }

  unauthorized(request: PlatformRequest): Answer {
    return this.#access.unauthorized(request);
  }

  #read(request: PlatformRequest, faults: readonly Fault[]): Answer {
    this.#access.checkMethod(request, 'GET');
    const { course, item } = this.#access.lineItem(request, [agsScopes.resultReadonly]);
    this.#access.checkAccept(request, resultContainerMediaType);
    const { quirks } = this.#access;
    const { searchParams } = request.url;
    if (
      quirks.refusals.limit_with_type !== undefined &&
      searchParams.has('limit') &&
      searchParams.has('type_id')
    ) {
      throw new GradebookRefused('limit_with_type');
    }
    const { userId: name } = this.#access.path(request.url.pathname) ?? {};
    const isOwn = quirks.results.ids === 'own' && name !== undefined;
    const userId = isOwn ? (item.entryOfResult(name)?.userId ?? '') : name;
    if (userId !== undefined && quirks.results.atUserPath === 'object') {
      return this.#single(request, course, item, userId);
    }
    return gradebookList(request, faults, {
      quirks,
      paging: quirks.results.paging,
      contentType: resultContainerMediaType,
      entriesFor: (parameters) => {
        const { filtersByUser } = quirks.results;
        const filter = filtersByUser === false ? null : parameters.get('user_id');
        const asked = userId ?? filter;
        const comment =
          filter !== null && filtersByUser === 'without-comments' ? 'without-comment' : 'with-comment';
        return this.#userIds(course, item)
          .filter((each) => asked === null || each === asked)
          .map((each) => this.#json(item, each, request, comment));
      },
    });
  }

  #single(
    request: PlatformRequest,
    course: SimulatedCourse,
    item: SimulatedLineItem,
    userId: string,
  ): Answer {
    const { jsonEscapes, emptyPage } = this.#access.quirks;
    const headers = { 'content-type': `${resultContainerMediaType}; charset=utf-8` };
    if (!this.#userIds(course, item).includes(userId)) {
      if (emptyPage === 'empty-body') return { status: 200, headers, body: '' };
      throw new GradebookRefused('unknown_result', { user: userId });
    }
    return { status: 200, headers, body: gradebookText(this.#json(item, userId, request), jsonEscapes) };
  }

  #json(
    item: SimulatedLineItem,
    userId: string,
    request: PlatformRequest,
    comment: 'with-comment' | 'without-comment' = 'with-comment',
  ): object {
    const { results } = this.#access.quirks;
    const url = this.#access.address(item.url, request);
    return resultJson(item, userId, url, results, comment);
  }

  #userIds(course: SimulatedCourse, item: SimulatedLineItem): string[] {
    const { lists, zeroScores } = this.#access.quirks.results;
    switch (lists) {
      case 'members':
        return course.members.map(({ userId }) => userId);
      case 'posted':
        return item.entries.map(({ userId }) => userId);
      case 'graded':
        return item.entries
          .filter(({ scoreGiven }) => scoreGiven !== undefined && (scoreGiven > 0 || zeroScores === 'listed'))
          .map(({ userId }) => userId);
    }
  }
}
