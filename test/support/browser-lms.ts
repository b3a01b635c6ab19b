import { html, jsonForScript, trustedHtml } from '../../src/launch/pages/html.js';
import { LoopbackServer } from './loopback-server.js';

/** How the frame `post_message_forwarding` answers a tool; `silence`: as a platform without storage. */
export type StorageManner =
  | 'keeps'
  | 'misses the first'
  | 'forgets'
  | 'keeps nothing'
  | 'silence'
  | 'error'
  | 'other message_id'
  | 'other subject'
  | 'answers from another origin'
  | 'answers from another frame';

export interface CoursePage {
  /** The URL of the tool's frame. */
  toolUrl: string;
  manner: StorageManner;
  /** The frame that the parent names as its storage when it is asked for its capabilities. Undefined: it does not answer. */
  capableFrame?: string;
}

/** The name of the frame of the platform's storage at Canvas. */
export const STORAGE_FRAME = 'post_message_forwarding';

/** The pages of an LMS on two origins: that of its authorization end point, and that of its courses. */
export class BrowserLms {
  private constructor(
    private readonly authorization: LoopbackServer,
    private readonly courses: LoopbackServer,
  ) {}

  static async start(): Promise<BrowserLms> {
    const start = (): Promise<LoopbackServer> =>
      LoopbackServer.start((response, { url }) => {
        response.setHeader('Content-Type', 'text/html');
        response.end(pageOf(new URL(url, 'http://127.0.0.1')));
      });
    return new BrowserLms(await start(), await start());
  }

  get origin(): string {
    return new URL(this.authorization.url()).origin;
  }

  get authorizationUrl(): string {
    return this.authorization.url('/auth');
  }

  /** A course on the origin of the authorization end point, whose page is the storage. */
  courseWithStorage(course: CoursePage): string {
    return this.authorization.url(`/course?${queryOf(course, this.origin)}`);
  }

  /** A course on an origin of its own, with the storage in a frame beside the tool's. */
  course(course: CoursePage): string {
    return this.courses.url(`/course?${queryOf({ ...course, storageFrame: STORAGE_FRAME }, this.origin)}`);
  }

  async stop(): Promise<void> {
    await Promise.all([this.authorization.stop(), this.courses.stop()]);
  }
}

function queryOf(course: CoursePage & { storageFrame?: string }, origin: string): string {
  return new URLSearchParams({ ...course, origin }).toString();
}

function pageOf({ pathname, searchParams }: URL): string {
  const parameters = Object.fromEntries(searchParams);
  if (pathname === '/auth') return signedPage(parameters);
  if (pathname === '/accomplice')
    return '<script>function send(to, message) { to.postMessage(message, "*"); }</script>';
  if (pathname === '/elsewhere') return elsewherePage;
  return coursePage(parameters);
}

const elsewherePage =
  '<script>parent.frames.tool.postMessage(JSON.parse(decodeURIComponent(location.hash.slice(1))), "*");</script>';

/** The platform's answer to an authentication request. */
function signedPage({ redirect_uri: action, state }: Record<string, string>): string {
  return html`<form method="post" action="${action}">
      <input type="hidden" name="id_token" value="header.payload.signature" />
      <input type="hidden" name="state" value="${state}" />
    </form>
    <script>
      document.forms[0].submit();
    </script>`.markup;
}

/** A course; without a tool it is the frame of the storage. */
function coursePage(parameters: Record<string, string>): string {
  const { toolUrl, storageFrame, manner = '', origin = '' } = parameters;
  const storageUrl = `${origin}/storage?${new URLSearchParams({ manner }).toString()}`;
  return html`<script>
      const course = ${trustedHtml(jsonForScript(parameters))};
      ${trustedHtml(storageScript)};
    </script>
    ${toolUrl && html`<iframe name="tool" width="300" height="400" src="${toolUrl}"></iframe>`}
    ${storageFrame && html`<iframe name="${storageFrame}" src="${storageUrl}"></iframe>`}
    <iframe name="accomplice" src="/accomplice"></iframe>`.markup;
}

const storageScript = `
const kept = new Map();
const told = [];
addEventListener('message', ({ data, source, origin }) => {
  told.push(data.subject);
  const answer = (more) => ({ subject: data.subject + '.response', message_id: data.message_id, ...more });
  if (data.subject === 'lti.capabilities') {
    const { capableFrame: frame } = course;
    const supported_messages = ['lti.put_data', 'lti.get_data'].map((subject) => ({ subject, frame }));
    if (frame) source.postMessage(answer({ supported_messages }), origin);
    return;
  }
  if (course.storageFrame) return;
  if (data.subject === 'lti.put_data') kept.set(data.key, data.value);
  const { key } = data;
  const good = answer({ key, value: kept.get(key) });
  const manners = {
    keeps: () => source.postMessage(good, origin),
    'misses the first': () => told.indexOf(data.subject) < told.length - 1 && source.postMessage(good, origin),
    forgets: () => source.postMessage({ ...good, value: undefined }, origin),
    'keeps nothing': () => source.postMessage({ ...good, value: '' }, origin),
    silence: () => {},
    error: () => source.postMessage({ ...good, error: { code: 'storage_exhaustion', message: 'Full.' } }, origin),
    'other message_id': () => source.postMessage({ ...good, message_id: 'guessed' }, origin),
    'other subject': () => source.postMessage({ ...good, subject: data.subject }, origin),
    'answers from another origin': () => {
      const { protocol, port } = location;
      location.replace(protocol + '//localhost:' + port + '/elsewhere#' + encodeURIComponent(JSON.stringify(good)));
    },
    'answers from another frame': () => frames.accomplice.send(source, good),
  };
  manners[course.manner]();
});
`;
