import { LtiError } from '../../common/lti-error.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { escapeHtml } from './html.js';
import { pageAnswer } from './page-answer.js';

const path = '/_copy';

const style = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
label { display: grid; gap: .25rem; }
input, select, button { font: inherit; }
button { margin: 1rem 0 0; }
`;

/** The page on which a teacher copies a course for the next term. The copy has as many members as the course. */
export class CopyPage implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(pathname: string): boolean {
    return pathname === path;
  }

  async answer({ method, body }: PlatformRequest): Promise<Answer> {
    if (method !== 'POST') return this.#page();
    try {
      return await this.#copy(new URLSearchParams(body));
    } catch (error) {
      if (error instanceof LtiError) return this.#page(error.message, error.status);
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
    return this.#page(
      `${copy.title} (${copy.contextId}) is a copy of ${source.title} (${source.contextId}).`,
    );
  }

  #page(message?: string, status = 200): Answer {
    const options = [...this.#platform.courses.values()].map(
      ({ contextId, title }) => `<option value="${escapeHtml(contextId)}">${escapeHtml(title)}</option>`,
    );
    return pageAnswer({
      status,
      title: 'Copy a course',
      style,
      body: `<h1>Copy a course</h1>
${message === undefined ? '' : `<p role="status">${escapeHtml(message)}</p>`}
<form method="post" action="${path}">
<label>Course <select name="from">${options.join('')}</select></label>
<label>Title of the copy <input name="title" maxlength="255"></label>
<button type="submit">Copy</button>
</form>
<p><a href="/">Front page</a></p>`,
    });
  }
}
