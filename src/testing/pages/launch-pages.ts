import { prettifyError, ZodError } from 'zod';
import { LtiError } from '../../common/lti-error.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { autoSubmitPage } from './auto-submit-page.js';
import { framePage, storageFramePage } from './frame-page.js';
import { launchForm, readLaunchChoice } from './launch-choice.js';
import { launchPage } from './launch-page.js';
import { problemPage } from './platform-page.js';
import { storageFramePath } from './platform-storage.js';
import { testingErrors } from '../testing.errors.js';

/** The pages that start launches. Each launch has its own address, for tests with a real browser. */
export class LaunchPages implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === '/_launch' || path.startsWith('/_launch/');
  }

  answer({ url }: PlatformRequest): Answer {
    try {
      return this.#page(url);
    } catch (error) {
      if (error instanceof ZodError) return problemPage(400, 'No launch', prettifyError(error));
      if (error instanceof LtiError) return problemPage(error.status, 'No launch', error.message);
      throw error;
    }
  }

  #page({ pathname, searchParams }: URL): Answer {
    switch (pathname) {
      case '/_launch':
        return this.#launchPage(searchParams.get('client_id') ?? '', searchParams.get('context_id'));
      case '/_launch/frame':
        return this.#framePage(searchParams);
      case '/_launch/window':
        return autoSubmitPage(
          'Opening the tool',
          launchForm(readLaunchChoice(searchParams), 'window', this.#platform),
        );
      case storageFramePath:
        return storageFramePage(this.#platform.family.launch.storageTarget ?? '_parent');
      default:
        return problemPage(404, 'No launch', 'This page does not exist.');
    }
  }

  #launchPage(clientId: string, contextId: string | null): Answer {
    const tool = this.#platform.tool(clientId);
    const courses = [...this.#platform.courses.values()];
    const course = contextId === null ? courses[0] : this.#platform.course(contextId);
    if (course === undefined) throw testingErrors.courseNotFound();
    return launchPage(tool, courses, course, this.#platform.family.launch.storageTarget);
  }

  #framePage(parameters: URLSearchParams): Answer {
    const choice = readLaunchChoice(parameters);
    const course = this.#platform.course(choice.context_id);
    const form = launchForm(choice, 'iframe', this.#platform);
    const { storageTarget } = this.#platform.family.launch;
    return framePage(course, form, choice.storage === 'on' ? storageTarget : undefined);
  }
}
