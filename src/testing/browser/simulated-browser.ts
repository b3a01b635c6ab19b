import { type Clock, SystemClock } from '../../common/clock.js';
import { type BrowserResponse, exchange, type OutgoingRequest } from './browser-exchange.js';
import { CookieJar } from './cookie-jar.js';
import { type FormField } from './form-field.js';
import { type AutoSubmittedForm, autoSubmittedForm, formTo } from './form-reading.js';
import { type LoginInitiation } from '../launch/login-initiation.js';
import { LaunchNotAuthorized } from '../testing.errors.js';

const mostSteps = 10;
const LOOPBACK = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export interface SimulatedBrowserOptions {
  /** False: as a browser that blocks third-party cookies has it in a frame. */
  readonly cookies?: boolean;
  readonly clock?: Clock;
  /**
   * Origins that are really somewhere else, as a name server of a test would have it:
   * `{ 'https://tool.example.edu': 'http://127.0.0.1:4000' }`.
   */
  readonly origins?: Readonly<Record<string, string>>;
}

export interface LaunchOptions {
  /** How the login initiation is sent; as the family has it where not given. */
  readonly method?: 'GET' | 'POST';
}

/** What the platform's page would post to the tool. */
export interface LaunchForm {
  readonly url: string;
  readonly fields: readonly FormField[];
}

/**
 * A user's browser without scripts, for HTTP tests of a tool. It keeps cookies, follows redirects until the platform has
 * answered, and submits the platform's forms. Its requests have no headers that a plain client would not send.
 */
export class SimulatedBrowser {
  readonly #cookies: CookieJar | undefined;
  readonly #origins: Readonly<Record<string, string>>;

  constructor({ cookies = true, clock = new SystemClock(), origins = {} }: SimulatedBrowserOptions = {}) {
    this.#origins = origins;
    this.#cookies = cookies ? new CookieJar(clock) : undefined;
  }

  /** The cookies that a request for this address would bring, as `name=value`. */
  cookiesFor(url: string): readonly string[] {
    return this.#cookies?.cookiesFor(new URL(url), 'own') ?? [];
  }

  get(url: string): Promise<BrowserResponse> {
    return this.#send({ method: 'GET', url: new URL(url) }, 'own');
  }

  /** Submits a form as another site's page does: of the cookies only those go along that are `SameSite=None`. */
  post(
    url: string,
    fields: readonly FormField[] | Readonly<Record<string, string>>,
  ): Promise<BrowserResponse> {
    const body = new URLSearchParams(isList(fields) ? fields.map(([...field]) => field) : fields).toString();
    return this.#send({ method: 'POST', url: new URL(url), body }, 'foreign');
  }

  /** Sends the login initiation and goes no further. */
  login({ url, method, parameters }: LoginInitiation, options: LaunchOptions = {}): Promise<BrowserResponse> {
    if ((options.method ?? method) === 'POST') return this.post(url, parameters);
    const address = new URL(url);
    for (const [name, value] of Object.entries(parameters)) address.searchParams.append(name, value);
    return this.#send({ method: 'GET', url: address }, 'foreign');
  }

  /**
   * Walks from the login initiation to the platform's answer, and stops before that is posted to the tool.
   * @throws LaunchNotAuthorized, with the response where it ended, when it does not get there.
   */
  async authorize(initiation: LoginInitiation, options: LaunchOptions = {}): Promise<LaunchForm> {
    const reached = await this.#walk(initiation, options);
    if ('fields' in reached) return { url: reached.action, fields: reached.fields };
    throw new LaunchNotAuthorized(reached);
  }

  /**
   * Launches: login, authorization, launch. Answers the tool's response to the launch, whose redirect is not followed; or
   * the response where it ended before.
   */
  async launch(initiation: LoginInitiation, options: LaunchOptions = {}): Promise<BrowserResponse> {
    const reached = await this.#walk(initiation, options);
    return 'fields' in reached ? this.post(reached.action, reached.fields) : reached;
  }

  /**
   * Submits the form of a page that submits itself, from that page: its origin is in the request.
   *
   * @throws TypeError when the page has no such form, or when the form leads neither to a connected tool nor to this machine
   */
  submit(page: BrowserResponse): Promise<BrowserResponse> {
    const form = autoSubmittedForm(page);
    if (form?.method !== 'post')
      throw new TypeError(`${page.url} is not a page that posts a form by itself.`);
    const { origin } = new URL(page.url);
    const url = new URL(form.action);
    this.#assertInside(page, url);
    const body = new URLSearchParams(form.fields.map(([...field]) => field)).toString();
    return this.#send({ method: 'POST', url, origin, body }, url.origin === origin ? 'own' : 'foreign');
  }

  /** Follows the redirects of a response; the last response. */
  async follow(response: BrowserResponse): Promise<BrowserResponse> {
    let last = response;
    for (let step = 0; step < mostSteps; step += 1) {
      const next = redirectOf(last);
      if (next === undefined) break;
      last = await this.get(next);
    }
    return last;
  }

  async #walk(
    initiation: LoginInitiation,
    options: LaunchOptions,
  ): Promise<AutoSubmittedForm | BrowserResponse> {
    const platform = new URL(initiation.authorizationUrl).origin;
    let response = await this.login(initiation, options);
    for (let step = 0; step < mostSteps; step += 1) {
      if (new URL(response.url).origin === platform) return autoSubmittedForm(response) ?? response;
      const next = await this.#step(response, platform);
      if (next === undefined) return response;
      response = next;
    }
    return response;
  }

  /** One step on the way to the platform; undefined when there is no way. */
  async #step(response: BrowserResponse, platform: string): Promise<BrowserResponse | undefined> {
    const location = redirectOf(response);
    if (location !== undefined) return this.get(location);
    const form = formTo(platform, response);
    if (form === undefined) return undefined;
    if (form.method === 'post') return this.post(form.action, form.fields);
    const url = new URL(form.action);
    url.search = new URLSearchParams(form.fields.map(([...field]) => field)).toString();
    return this.get(url.href);
  }

  /** A request to the public internet would not reach the tool under test. */
  #assertInside(page: BrowserResponse, { origin, hostname, href }: URL): void {
    const publicOrigins = Object.keys(this.#origins);
    const isInside = publicOrigins.length === 0 || publicOrigins.includes(origin) || LOOPBACK.test(hostname);
    if (isInside) return;
    throw new TypeError(
      `${page.url} posts to ${href}, which is not below the publicUrl of a connected tool (${publicOrigins.join(', ')}).`,
    );
  }

  async #send(request: OutgoingRequest, from: 'own' | 'foreign'): Promise<BrowserResponse> {
    const cookies = this.#cookies?.cookiesFor(request.url, from) ?? [];
    const response = await exchange({ ...request, reachedAt: this.#origins[request.url.origin], cookies });
    this.#cookies?.store(request.url, response.headers['set-cookie'] ?? []);
    return response;
  }
}

function redirectOf({ status, url, headers }: BrowserResponse): string | undefined {
  if (status < 300 || status >= 400 || headers.location === undefined) return undefined;
  return new URL(headers.location, url).href;
}

function isList(
  fields: readonly FormField[] | Readonly<Record<string, string>>,
): fields is readonly FormField[] {
  return Array.isArray(fields);
}
