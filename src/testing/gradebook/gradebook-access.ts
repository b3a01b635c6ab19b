import { accepts } from '../http/accept-check.js';
import { bearerFault, isWithdrawn } from '../tokens/bearer-check.js';
import { type GradebookQuirks } from '../families/gradebook-quirks.js';
import { type GradebookPath, GradebookPaths } from './gradebook-paths.js';
import { type Answer, mediaType, type PlatformRequest } from '../http/http-exchange.js';
import { type PlatformState } from '../platform/platform-state.js';
import { refusalAnswer, refusedRequest } from '../http/refusal-answer.js';
import { type ServiceRefusal } from '../families/refusals.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type SimulatedLineItem } from './simulated-line-item.js';
import { GradebookRefused } from './gradebook.errors.js';

/** The checks that the three services of a gradebook apply to every request. */
export class GradebookAccess {
  readonly platform: PlatformState;
  readonly quirks: GradebookQuirks;
  readonly #paths: GradebookPaths;

  constructor(platform: PlatformState) {
    this.platform = platform;
    this.quirks = platform.family.gradebook;
    this.#paths = new GradebookPaths(platform.family);
  }

  path(path: string): GradebookPath | undefined {
    return this.#paths.read(path);
  }

  /** The course of the request. @throws {GradebookRefused} when the token is not valid for it, or the course is unknown. */
  course(request: PlatformRequest, scopes: readonly string[]): SimulatedCourse {
    const fault = bearerFault(request, scopes, this.platform);
    if (fault !== undefined) throw new GradebookRefused(fault);
    const course = this.platform.courses.get(this.path(request.url.pathname)?.contextId ?? '');
    if (course === undefined) throw new GradebookRefused('unknown_course');
    if (isWithdrawn(request, course, this.platform)) throw new GradebookRefused('tool_withdrawn');
    if (course.concluded && this.quirks.refusals.concluded_course !== undefined) {
      throw new GradebookRefused('concluded_course');
    }
    return course;
  }

  /** The line item of the request. @throws {GradebookRefused} as `course` does, and when the line item is unknown. */
  lineItem(
    request: PlatformRequest,
    scopes: readonly string[],
  ): { course: SimulatedCourse; item: SimulatedLineItem } {
    const course = this.course(request, scopes);
    const { itemId = '' } = this.path(request.url.pathname) ?? {};
    const item = course.gradebook.find(itemId);
    if (item === undefined || (item.ofAnotherTool && this.quirks.lineItems.hidesOthers === true)) {
      throw new GradebookRefused('unknown_line_item', { item: itemId });
    }
    if (item.ofAnotherTool && this.quirks.refusals.foreign_line_item !== undefined) {
      throw new GradebookRefused('foreign_line_item', { item: itemId });
    }
    return { course, item };
  }

  checkMethod(request: PlatformRequest, ...methods: string[]): void {
    if (!methods.includes(request.method)) throw new GradebookRefused('wrong_method');
  }

  checkAccept(request: PlatformRequest, wanted: string): void {
    if (!accepts(request.headers.accept, wanted, this.quirks.accept)) {
      throw new GradebookRefused('not_acceptable');
    }
  }

  checkContentType(request: PlatformRequest, wanted: string): void {
    if (this.quirks.contentType === 'exact' && mediaType(request.headers['content-type']) !== wanted) {
      throw new GradebookRefused('wrong_content_type');
    }
  }

  /** An address of the platform in the form of the request, which can lack the family's own query. */
  address(url: string, request: PlatformRequest): string {
    const address = new URL(url);
    const own = [...address.searchParams.keys()];
    if (!own.every((name) => request.url.searchParams.has(name))) address.search = '';
    return address.href;
  }

  /** Returns the answer, or the family's refusal, which is counted. */
  answerOrRefuse(request: PlatformRequest, answer: () => Answer): Answer {
    try {
      return answer();
    } catch (error) {
      if (!(error instanceof GradebookRefused)) throw error;
      this.platform.counters.countRejection(error.reason);
      return this.#refusal(error, request);
    }
  }

  unauthorized(request: PlatformRequest): Answer {
    return this.#refusal(new GradebookRefused('unknown_token'), request);
  }

  #refusal({ reason, values }: GradebookRefused, request: PlatformRequest): Answer {
    // A fault that only some families refuse is checked only if the family has an answer to it.
    const refusal: ServiceRefusal = this.quirks.refusals[reason] ?? this.quirks.refusals.wrong_method;
    return refusalAnswer(refusal, reason, refusedRequest(request), { body: request.body, ...values });
  }
}
