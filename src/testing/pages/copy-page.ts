import { LtiError } from '../../common/lti-error.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { escapeHtml } from './html.js';
import { isFromElsewhere, platformPage, problemPage } from './platform-page.js';
import { coursePath, platformPaths } from './platform-paths.js';

interface CopyPageState {
  readonly message?: string;
  readonly status?: number;
  /** The copy that was made. */
  readonly copy?: SimulatedCourse;
  /** The context id of the course that is chosen. */
  readonly from?: string | null;
}

/** The page on which a teacher copies a course for the next term. The copy has as many members as the course. */
export class CopyPage implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(pathname: string): boolean {
    return pathname === platformPaths.copy;
  }

  async answer(request: PlatformRequest): Promise<Answer> {
    if (request.method !== 'POST') return this.#page({ from: request.url.searchParams.get('context_id') });
    if (isFromElsewhere(request)) return problemPage(403, 'Not done', 'This form is not from here.');
    try {
      return await this.#copy(new URLSearchParams(request.body));
    } catch (error) {
      if (error instanceof LtiError) return this.#page({ message: error.message, status: error.status });
      throw error;
    }
  }

  async #copy(form: URLSearchParams): Promise<Answer> {
    const source = this.#platform.course(form.get('from') ?? '');
    const title = form.get('title')?.trim() ?? '';
    const copy = this.#platform.copyCourse({
      from: source.contextId,
      title: title === '' ? `${source.title}, copy` : title,
      members: source.members.length,
    });
    await this.#platform.notices.sendCopy(copy);
    return this.#page({
      message: `${copy.title} (${copy.contextId}) is a copy of ${source.title} (${source.contextId}).`,
      copy,
      from: source.contextId,
    });
  }

  #page({ message, status, copy, from }: CopyPageState): Answer {
    const options = [...this.#platform.courses.values()].map(
      ({ contextId, title }) =>
        `<option value="${escapeHtml(contextId)}"${contextId === from ? ' selected' : ''}>${escapeHtml(title)}</option>`,
    );
    return platformPage({
      ...(status !== undefined && { status }),
      title: 'Copy a course',
      body: `<h1>Copy a course</h1>
${message === undefined ? '' : `<p role="status">${escapeHtml(message)} ${copy === undefined ? '' : `<a href="${escapeHtml(coursePath('course', copy.contextId))}">Open the copy</a>`}</p>`}
<form method="post" action="${platformPaths.copy}">
<p class="fine">The copy has the resource links of the course, and as many members, but no grades. The tool gets a notice.</p>
<div class="row">
<label>Course <select name="from">${options.join('')}</select></label>
<label>Title of the copy <input name="title" maxlength="255"></label>
<button type="submit" class="main">Copy</button>
</div>
</form>`,
    });
  }
}
