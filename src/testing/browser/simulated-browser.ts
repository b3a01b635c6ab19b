import { type Clock, SystemClock } from '../../common/clock.js';
import { type BrowserResponse, exchange, type OutgoingRequest } from './browser-exchange.js';
import { CookieJar } from './cookie-jar.js';
import { type FormField } from './form-field.js';
import { type AutoSubmittedForm, autoSubmittedForm, formTo } from './form-reading.js';
import { type LoginInitiation } from '../launch/login-initiation.js';
import { LaunchNotAuthorized } from '../testing.errors.js';

const mostSteps = 10;
const LOOPBACK = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Options of `lms.browser`. All may be left out. */
export interface SimulatedBrowserOptions {
  /** False for a browser that blocks third-party cookies, with the tool in a frame. */
  readonly cookies?: boolean;
  /** Decides which cookies have expired; the system's clock by default. */
  readonly clock?: Clock;
  /**
   * Other addresses for origins, as a name server of a test would return them:
   * `{ 'https://tool.example.edu': 'http://127.0.0.1:4000' }`.
   */
  readonly origins?: Readonly<Record<string, string>>;
}

/** Options of `browser.launch`, `login` and `authorize`. */
export interface LaunchOptions {
  /** The method of the login initiation; that of the family by default. */
  readonly method?: 'GET' | 'POST';
}

/** The form that the platform's page would post to the tool. */
export interface LaunchForm {
  /** The redirect URI of the launch. */
  readonly url: string;
  /** `id_token` and `state`, and what the family adds. */
  readonly fields: readonly FormField[];
}

/**
 * A user's browser without scripts, for HTTP tests of a tool. It stores cookies, follows redirects until the platform has
 * answered, and submits the platform's forms. Its requests have only the headers of a plain client.
 *
 * @example
 * const browser = lms.browser({ cookies: false });
 * const { status } = await lms.launch({ userId: course.learner.userId }, browser);
 */
export class SimulatedBrowser {
  readonly #cookies: CookieJar | undefined;
  readonly #origins: Readonly<Record<string, string>>;

  constructor({ cookies = true, clock = new SystemClock(), origins = {} }: SimulatedBrowserOptions = {}) {
    this.#origins = origins;
    this.#cookies = cookies ? new CookieJar(clock) : undefined;
  }

  /**
   * The cookies of a request for this address, as `name=value`.
   *
   * @example
   * expect(browser.cookiesFor('http://127.0.0.1:3000/')).toEqual([]);
   */
  cookiesFor(url: string): readonly string[] {
    return this.#cookies?.cookiesFor(new URL(url), 'own') ?? [];
  }

  /**
   * Opens a URL as the user does. Redirects are not followed.
   *
   * @example
   * const { status, body } = await browser.get('http://127.0.0.1:3000/quiz');
   */
  get(url: string): Promise<BrowserResponse> {
    return this.#send({ method: 'GET', url: new URL(url) }, 'own');
  }

  /**
   * Submits a form as another site's page does, with only the cookies that are `SameSite=None`.
   *
   * @example
   * const { status } = await browser.post('http://127.0.0.1:3000/lti/launch', { state: 'forged', id_token: 'forged' });
   */
  post(
    url: string,
    fields: readonly FormField[] | Readonly<Record<string, string>>,
  ): Promise<BrowserResponse> {
    const body = new URLSearchParams(isList(fields) ? fields.map(([...field]) => field) : fields).toString();
    return this.#send({ method: 'POST', url: new URL(url), body }, 'foreign');
  }

  /**
   * Sends only the login initiation.
   *
   * @example
   * const { status, headers } = await browser.login(lms.startLaunch({ userId: course.learner.userId }));
   */
  login({ url, method, parameters }: LoginInitiation, options: LaunchOptions = {}): Promise<BrowserResponse> {
    if ((options.method ?? method) === 'POST') return this.post(url, parameters);
    const address = new URL(url);
    for (const [name, value] of Object.entries(parameters)) address.searchParams.append(name, value);
    return this.#send({ method: 'GET', url: address }, 'foreign');
  }

  /**
   * Goes from the login initiation to the platform's answer, and stops before that is posted to the tool.
   *
   * @throws {LaunchNotAuthorized} with the last response when the platform does not answer with a form.
   * @example
   * const { url, fields } = await browser.authorize(lms.startLaunch({ userId: course.learner.userId }));
   */
  async authorize(initiation: LoginInitiation, options: LaunchOptions = {}): Promise<LaunchForm> {
    const reached = await this.#walk(initiation, options);
    if ('fields' in reached) return { url: reached.action, fields: reached.fields };
    throw new LaunchNotAuthorized(reached);
  }

  /**
   * Launches: login, authorization, launch. Returns the tool's response to the launch without following its redirect, or the
   * response at which the launch ended earlier.
   *
   * @example
   * const { status } = await browser.launch(lms.startLaunch({ userId: course.learner.userId }));
   */
  async launch(initiation: LoginInitiation, options: LaunchOptions = {}): Promise<BrowserResponse> {
    const reached = await this.#walk(initiation, options);
    return 'fields' in reached ? this.post(reached.action, reached.fields) : reached;
  }

  /**
   * Submits the form of a page that submits itself. The request has the origin of that page.
   *
   * @throws {TypeError} when the page has no such form, or the form leads neither to a connected tool nor to this machine.
   * @example
   * const opened = await browser.submit(await lms.launch({ userId: course.learner.userId }, browser));
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

  /**
   * Follows the redirects of a response.
   *
   * @returns the last response
   *
   * @example
   * const page = await browser.follow(await lms.launch({ userId: course.learner.userId }, browser));
   */
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

  /** One step towards the platform; undefined when the response leads nowhere. */
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
