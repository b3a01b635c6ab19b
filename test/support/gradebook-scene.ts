import { FakeClock } from '../../src/testing/fake-clock.js';
import { type FamilyName } from '../../src/testing/families/family.js';
import { type SimulatedCourseInput } from '../../src/testing/platform/platform-state.js';
import {
  lineItemContainerMediaType,
  lineItemMediaType,
  resultContainerMediaType,
  scoreMediaType,
} from '../../src/testing/service-constants.js';
import { type SimulatedCourse } from '../../src/testing/platform/simulated-course.js';
import { type SimulatedLineItem } from '../../src/testing/gradebook/simulated-line-item.js';
import { SimulatedPlatform } from '../../src/testing/simulated-platform.js';
import { type SigningTool } from './signing-tool.js';

export interface ReadAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined if it is not JSON. */
  readonly json: unknown;
}

/** A simulated gradebook, and a tool that calls it without checks. */
export class GradebookScene {
  token: string;

  private constructor(
    readonly clock: FakeClock,
    readonly tool: SigningTool,
    readonly lms: SimulatedPlatform,
    readonly course: SimulatedCourse,
    token: string,
  ) {
    this.token = token;
  }

  /** By default five members, of whom the first is a teacher. */
  static async start(
    tool: SigningTool,
    family: FamilyName,
    course: Partial<SimulatedCourseInput> = {},
  ): Promise<GradebookScene> {
    const clock = new FakeClock();
    const lms = await SimulatedPlatform.start({ family, clock });
    lms.addTool({ clientId: tool.clientId, jwks: tool.jwks });
    const made = lms.addCourse({ contextId: '6', title: 'Course 5', members: 5, ...course });
    const token = await tool.token(lms, clock.now().getTime() / 1000);
    return new GradebookScene(clock, tool, lms, made, token);
  }

  stop(): Promise<void> {
    return this.lms.stop();
  }

  addLineItem(label = 'Quiz', scoreMaximum = 20): SimulatedLineItem {
    return this.course.gradebook.addLineItem({ label, scoreMaximum });
  }

  /** Uses a token with only these scopes from now on. */
  async narrow(...scopes: string[]): Promise<void> {
    this.token = await this.tool.token(this.lms, this.clock.now().getTime() / 1000, scopes.join(' '));
  }

  async call(method: string, url: string, headers: Record<string, string> = {}, body?: string) {
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    return readAnswer(response);
  }

  lineItems(query = '', accept = lineItemContainerMediaType): Promise<ReadAnswer> {
    return this.call('GET', withQuery(this.course.lineItemsUrl, query), { accept });
  }

  lineItem(url: string): Promise<ReadAnswer> {
    return this.call('GET', url, { accept: lineItemMediaType });
  }

  create(body: object, type = lineItemMediaType): Promise<ReadAnswer> {
    return this.call('POST', this.course.lineItemsUrl, { 'content-type': type }, JSON.stringify(body));
  }

  put(url: string, body: object): Promise<ReadAnswer> {
    return this.call('PUT', url, { 'content-type': lineItemMediaType }, JSON.stringify(body));
  }

  delete(url: string): Promise<ReadAnswer> {
    return this.call('DELETE', url);
  }

  /** A score of 15 of 20 for the second member, now, with these changes. */
  score(changes: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      userId: this.course.learner.userId,
      scoreGiven: 15,
      scoreMaximum: 20,
      activityProgress: 'Completed',
      gradingProgress: 'FullyGraded',
      timestamp: this.clock.now().toISOString(),
      ...changes,
    };
  }

  post(item: SimulatedLineItem, score: object | string = this.score(), type = scoreMediaType) {
    const body = typeof score === 'string' ? score : JSON.stringify(score);
    return this.call('POST', onPath(item.url, '/scores'), { 'content-type': type }, body);
  }

  results(item: SimulatedLineItem, query = '', path = '/results'): Promise<ReadAnswer> {
    return this.call('GET', withQuery(onPath(item.url, path), query), { accept: resultContainerMediaType });
  }
}

/** The URL with an addition to its path, before the query. */
export function onPath(url: string, path: string): string {
  const [before = '', query] = url.split('?');
  return before + path + (query === undefined ? '' : `?${query}`);
}

/** The next link of an answer. */
export function nextOf({ headers }: ReadAnswer): string | undefined {
  return /<([^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
}

function withQuery(url: string, query: string): string {
  if (query === '') return url;
  return url + (url.includes('?') ? '&' : '?') + query;
}

async function readAnswer(response: Response): Promise<ReadAnswer> {
  const text = await response.text();
  const { status, statusText, headers } = response;
  return { status, statusText, headers, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
