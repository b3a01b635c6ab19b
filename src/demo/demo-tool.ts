import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type LaunchContext } from '../launch/context/launch-context.schema.js';
import { type DeepLinkResponseInput } from '../launch/deep-linking/content-item.schema.js';
import { escapeHtml, table } from '../testing/pages/html.js';
import { type JsonApi } from './json-api.js';

const QUIZZES = ['Photosynthesis', 'Cell division', 'Ecosystems'];
const SCORE_MAXIMUM = 10;

/** The tool of the demo, which uses the service by REST: it shows who was launched, and lets a teacher pick quizzes. */
export class DemoTool {
  /** The launch sessions whose users have a picker open, by the secret of its form. */
  private readonly pickers = new Map<string, string>();

  private constructor(
    private readonly server: Server,
    private readonly api: JsonApi,
    private readonly serviceUrl: string,
  ) {}

  /** @param api of the service, at `serviceUrl` */
  static async start(api: JsonApi, serviceUrl: string): Promise<DemoTool> {
    const server = createServer((request, response) => void tool.answer(request, response));
    const tool = new DemoTool(server, api, serviceUrl);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return tool;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body } = await this.pageFor(request).catch((error: unknown) => ({
      status: 500,
      body: page('The demo tool failed', `<p>${escapeHtml(String(error))}</p>`),
    }));
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    response.end(body);
  }

  private async pageFor(request: IncomingMessage): Promise<{ status: number; body: string }> {
    const form = new URLSearchParams(await text(request));
    if (request.url === '/pick') return { status: 200, body: await this.picked(form) };
    // Only the browser that began the launch got the page that posts this form.
    if (request.headers.origin !== this.serviceUrl)
      return { status: 403, body: page('Open the activity from your course.', '') };
    return { status: 200, body: await this.opened(form.get('code') ?? '') };
  }

  private async opened(code: string): Promise<string> {
    const { id, launch } = await this.api.post<{ id: string; launch: LaunchContext }>(
      '/api/v1/launch-sessions/exchange',
      { code },
    );
    if (launch.deepLinking === undefined) return launchedPage(id, launch);
    const secret = randomUUID();
    this.pickers.set(secret, id);
    return pickerPage(secret, launch.deepLinking);
  }

  /** Answers the platform with what the user picked: the page of the service posts itself. */
  private async picked(form: URLSearchParams): Promise<string> {
    const id = this.pickers.get(form.get('picker') ?? '');
    if (id === undefined) return page('Open the picker from your course.', '');
    const isGraded = form.get('graded') === 'yes';
    const items = form.getAll('quiz').map((title) => quizItem(title, isGraded));
    const { html } = await this.api.post<{ html: string }>(
      `/api/v1/launch-sessions/${id}/deep-link-response`,
      {
        items,
        msg: `${items.length} quizzes were picked.`,
      },
    );
    return html;
  }
}

function quizItem(title: string, isGraded: boolean): NonNullable<DeepLinkResponseInput['items']>[number] {
  return {
    type: 'ltiResourceLink',
    title,
    custom: { quiz: title },
    ...(isGraded ? { lineItem: { scoreMaximum: SCORE_MAXIMUM, resourceId: title, tag: 'quiz' } } : {}),
  };
}

function pickerPage(secret: string, settings: NonNullable<LaunchContext['deepLinking']>): string {
  const type = settings.acceptMultiple === true ? 'checkbox' : 'radio';
  const choices = QUIZZES.map(
    (title) => `<p><label><input type="${type}" name="quiz" value="${title}"> ${title}</label></p>`,
  );
  const isGraded = settings.acceptLineItem !== false;
  return page(
    'Pick quizzes',
    `<form method="post" action="/pick">
<input type="hidden" name="picker" value="${secret}">
<input type="hidden" name="graded" value="${isGraded ? 'yes' : 'no'}">
${choices.join('\n')}
<button>Add to the course</button>
</form>`,
  );
}

function launchedPage(
  sessionId: string,
  { user, context, resourceLink, custom, messageType }: LaunchContext,
): string {
  return page(
    'The launch works',
    table(
      'What the service says',
      ['Field', 'Value'],
      [
        ['User', user?.name ?? user?.id ?? 'anonymous'],
        ['Course', context?.title ?? context?.id ?? ''],
        ['Resource link', resourceLink?.title ?? ''],
        ['Custom parameters', JSON.stringify(custom)],
        ['Message', messageType],
        ['Launch session', sessionId],
      ],
    ),
  );
}

const style = `
:root { color-scheme: light dark; --text: #20302a; --page: #f2f8f5; --line: #c5d6cd; --accent: #0d6245; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :root { --text: #dcebe4; --page: #12201a; --line: #34493f; --accent: #7fd6b1; --on-accent: #06251a; } }
body { margin: 0; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }
h1 { font-size: 1.3rem; margin: 0 0 .75rem; color: var(--accent); }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: 0 0 .5rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
button { font: inherit; color: var(--on-accent); background: var(--accent); border: 0; border-radius: .3rem; padding: .45rem 1rem; cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;

function page(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${style}</style></head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>`;
}
