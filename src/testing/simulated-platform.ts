import { type INestApplication } from '@nestjs/common';
import { type Clock, SystemClock } from '../common/clock.js';
import { type Tamper } from './launch/attacks/tamper.js';
import { type BrowserResponse } from './browser/browser-exchange.js';
import { type PlatformCounts } from './platform/counters.js';
import { type Registration } from './tools/embedded-tool.js';
import { families } from './families/families.js';
import { type FamilyName } from './families/family.js';
import { type Faults } from './faults/faults.js';
import { gradebookSnapshot, type LineItemSnapshot } from './gradebook/gradebook-snapshot.js';
import { type IssuedToken } from './tokens/issued-tokens.js';
import { type LaunchInput } from './launch/launch-input.schema.js';
import { type LoginInitiation } from './launch/login-initiation.js';
import { type Lti11Launch, startLti11Launch } from './launch/lti11/lti11-launch.js';
import { type Lti11LaunchInput } from './launch/lti11/lti11-launch-input.schema.js';
import { routesOf } from './platform/platform-routes.js';
import { PlatformServer } from './platform/platform-server.js';
import { PlatformState, type SimulatedCourseInput } from './platform/platform-state.js';
import { type ConnectedRegistration, registerByRest } from './tools/remote-tool.js';
import { type ScoreTraffic } from './gradebook/score-traffic.js';
import { type SigningAlgorithm } from './keys/signing-key-pair.js';
import { SimulatedBrowser, type SimulatedBrowserOptions } from './browser/simulated-browser.js';
import { type SimulatedCourse } from './platform/simulated-course.js';
import { type SimulatedTool, type SimulatedToolInput } from './tools/simulated-tool.js';
import { NotLoopback } from './testing.errors.js';
import { type RequestThrottle } from './throttling/request-throttle.js';
import {
  registerTool,
  type ToolRegistration,
  type ToolRegistrationOptions,
} from './tools/tool-registration.js';
import {
  type SimulatedUserOAuthClient,
  type SimulatedUserOAuthClientInput,
} from './user-oauth/user-oauth-client.js';
import { UserOAuth } from './user-oauth/user-oauth.js';

const loopbackHosts = ['127.0.0.1', '::1', 'localhost'];

export interface SimulatedPlatformOptions {
  /** The make of LMS that is simulated; `generic` by default. */
  readonly family?: FamilyName;
  /** Any free one by default. */
  readonly port?: number;
  /** A loopback address or name; 127.0.0.1 by default. */
  readonly host?: string;
  readonly clock?: Clock;
  /** 3600 by default. */
  readonly tokenLifeSeconds?: number;
  /** Whether it throttles where its family does, as Canvas does; true by default. */
  readonly throttles?: boolean | undefined;
  /** A query that the authorization URL has by itself, such as `tenant=7`, and that must not get lost. */
  readonly authorizationQuery?: string;
  /** What id_tokens are signed with; RS256 by default. */
  readonly keyAlgorithm?: SigningAlgorithm;
}

/**
 * A learning management system on this machine, for tests and demonstrations: a strict token endpoint, memberships and a
 * gradebook over real HTTP, with the quirks of one family of LMS and with faults on demand. It counts what it is asked. It
 * does not keep its process alive.
 *
 * @example
 * const lms = await SimulatedPlatform.start({ family: 'moodle' });
 * const course = lms.addCourse({ members: 20 });
 * const registration = await lms.connect(app);
 * const launched = await lms.launch({ userId: course.instructor.userId });
 * await lms.stop();
 */
export class SimulatedPlatform {
  /** The users' own API, and what users allow tools to do with it. */
  readonly userOAuth: UserOAuth;
  readonly #server: PlatformServer;
  readonly #state: PlatformState;

  private constructor(server: PlatformServer, state: PlatformState) {
    this.#server = server;
    this.#state = state;
    this.userOAuth = new UserOAuth(state.url, state.userOAuth);
  }

  /**
   * Starts one.
   * @throws NotLoopback when the host is not this machine; the system's error when the port is taken.
   */
  static async start(options: SimulatedPlatformOptions = {}): Promise<SimulatedPlatform> {
    const { family = 'generic', host = '127.0.0.1', port = 0, tokenLifeSeconds = 3600 } = options;
    if (!loopbackHosts.includes(host)) throw new NotLoopback(host);
    const server = await PlatformServer.listen(host, port);
    const url = `http://${host === '::1' ? '[::1]' : host}:${server.port}`;
    const clock = options.clock ?? new SystemClock();
    const { authorizationQuery, keyAlgorithm, throttles } = options;
    const state = new PlatformState({
      url,
      family: families[family],
      clock,
      tokenLifeSeconds,
      throttles,
      authorizationQuery,
      keyAlgorithm,
    });
    server.serve({ state, ...routesOf(state) });
    return new SimulatedPlatform(server, state);
  }

  get family(): FamilyName {
    return this.#state.family.name;
  }

  get url(): string {
    return this.#state.url;
  }

  get issuer(): string {
    return this.#state.issuer;
  }

  get authorizationUrl(): string {
    return this.#state.authorizationUrl;
  }

  get tokenUrl(): string {
    return this.#state.tokenUrl;
  }

  /** What `aud` of a client assertion has to be: the token URL, but for families with an audience of their own. */
  get tokenAudience(): string {
    return this.#state.tokenAudience;
  }

  get jwksUrl(): string {
    return this.#state.jwksUrl;
  }

  get faults(): Faults {
    return this.#state.faults;
  }

  get counts(): PlatformCounts {
    return this.#state.counters.counts;
  }

  /** How many score requests were in flight at once. */
  get scoreTraffic(): ScoreTraffic {
    return this.#state.scoreTraffic;
  }

  /** Its leaky buckets; undefined where it does not throttle. */
  get throttle(): RequestThrottle | undefined {
    return this.#state.throttle;
  }

  /** Every access token so far, the oldest first. */
  get issuedTokens(): readonly IssuedToken[] {
    return this.#state.issuedTokens.all;
  }

  get tools(): readonly SimulatedTool[] {
    return [...this.#state.tools.values()];
  }

  get courses(): readonly SimulatedCourse[] {
    return [...this.#state.courses.values()];
  }

  /**
   * Registers a tool, or registers it anew when there is one with this client id.
   * @throws ZodError when something is missing or wrong.
   */
  addTool(input: SimulatedToolInput): SimulatedTool {
    return this.#state.addTool(input);
  }

  /**
   * Adds a running tool to this platform. Returns the registration of the platform, for `RegistrationService.create` or
   * `POST /api/v1/registrations`.
   *
   * @param tool a Nest application that imports `LtiModule` and listens, or the public URL of a tool
   * @throws ToolNotListening
   * @example
   * const input = await lms.registrationFor(app);
   * await app.get(RegistrationService).create({ ...input, scopes: [Scope.score] });
   */
  async registrationFor(
    tool: INestApplication | string,
    options: ToolRegistrationOptions = {},
  ): Promise<ToolRegistration> {
    if (typeof tool === 'string') {
      return registerTool(this.#state, { publicUrl: tool.replace(/\/+$/, '') }, options);
    }
    const { addressOf } = await import('./tools/embedded-tool.js');
    return registerTool(this.#state, await addressOf(tool), options);
  }

  /**
   * Registers a running tool with this platform, and this platform with the tool. Launches, rosters and scores work from
   * then on. The tool needs `platformHttp.allowPrivateNetworks`, as this platform is on the loopback interface.
   *
   * @param tool a Nest application that imports `LtiModule` and listens; any port and any `publicUrl` will do
   * @throws ToolNotListening, ToolNotConnected
   * @example
   * await app.listen(0);
   * const registration = await lms.connect(app);
   */
  connect(tool: INestApplication, options?: ToolRegistrationOptions): Promise<Registration>;
  /**
   * The same with a service, by its REST API.
   *
   * @param tool the service's public URL
   * @throws ToolNotConnected with the service's answer
   * @example
   * const { id } = await lms.connect('http://localhost:3000', { apiKey });
   */
  connect(
    tool: string,
    options: ToolRegistrationOptions & { readonly apiKey: string },
  ): Promise<ConnectedRegistration>;
  async connect(
    tool: INestApplication | string,
    options: ToolRegistrationOptions & { readonly apiKey?: string } = {},
  ): Promise<Registration | ConnectedRegistration> {
    const input = await this.registrationFor(tool, options);
    if (typeof tool === 'string')
      return registerByRest(tool.replace(/\/+$/, ''), options.apiKey ?? '', input);
    const { registerPlatform } = await import('./tools/embedded-tool.js');
    return registerPlatform(tool, input);
  }

  /**
   * A user's browser without scripts. It reaches connected tools by their public URLs, wherever they really listen.
   *
   * @example
   * const browser = lms.browser({ cookies: false });
   */
  browser(options: Omit<SimulatedBrowserOptions, 'clock' | 'origins'> = {}): SimulatedBrowser {
    const { clock, reachableAt } = this.#state;
    return new SimulatedBrowser({ ...options, clock, origins: Object.fromEntries(reachableAt) });
  }

  /**
   * Launches a tool as a user does: login, authorization, launch. Returns the tool's answer to the launch.
   *
   * @param input who launches what; the first tool and the first course where not given, anonymous without `userId`. The
   * platform's storage is not offered: it needs scripts.
   * @param browser a new one where not given
   * @throws ZodError and LtiErrors like startLaunch
   * @example
   * const course = lms.addCourse({ members: 20 });
   * const { status, headers } = await lms.launch({ userId: course.instructor.userId });
   */
  launch(input: LaunchInput = {}, browser: SimulatedBrowser = this.browser()): Promise<BrowserResponse> {
    return browser.launch(this.startLaunch({ platformStorage: false, ...input }));
  }

  /**
   * Lets a client ask users for tokens of the API, or sets it anew when there is one with this id.
   * @throws ZodError when something is missing or wrong.
   */
  addUserOAuthClient(input: SimulatedUserOAuthClientInput): SimulatedUserOAuthClient {
    return this.userOAuth.addClient(input);
  }

  /** @throws DuplicateSimulatedCourse when there is a course with this context id. */
  addCourse(input: SimulatedCourseInput = {}): SimulatedCourse {
    return this.#state.addCourse(input);
  }

  /** @throws UnknownSimulatedCourse */
  course(contextId: string): SimulatedCourse {
    return this.#state.course(contextId);
  }

  /**
   * A course's line items with the results, as they are now.
   * @throws UnknownSimulatedCourse
   */
  gradebook(contextId: string): LineItemSnapshot[] {
    return gradebookSnapshot(this.course(contextId));
  }

  /**
   * Begins a launch: what a user's browser is to send to the tool. The platform remembers the hint.
   * @throws ZodError when something is missing or wrong, and an LtiError when the platform has no such tool, course, member
   * or resource link.
   */
  startLaunch(input: LaunchInput): LoginInitiation {
    return this.#state.launches.start(input);
  }

  /**
   * Begins a launch by LTI 1.1: a signed form for the tool.
   * @throws ZodError and LtiErrors like startLaunch.
   */
  startLti11Launch(input: Lti11LaunchInput): Lti11Launch {
    return startLti11Launch(input, this.#state);
  }

  /** Lets the next launch that arrives at the authorization endpoint go wrong, and no other. */
  tamperNextLaunch(tamper: Tamper): void {
    this.#state.tamperNextLaunch(tamper);
  }

  /** Signs with a new key from now on; the old one is gone from the key set. The algorithm stays unless given. */
  rotateKeys(algorithm?: SigningAlgorithm): void {
    this.#state.keys.rotate(algorithm);
  }

  /** Signs any claims as an id_token of this platform. */
  signToken(claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> {
    return this.#state.keys.sign(JSON.stringify(claims), header);
  }

  /** Sets `Cache-Control` of the platform's key set; undefined takes it away. */
  cacheKeySet(cacheControl: string | undefined): void {
    this.#state.keySetCacheControl = cacheControl;
  }

  /** Ends the life of every token that was issued. */
  expireTokens(): void {
    this.#state.issuedTokens.expireAll();
  }

  /**
   * Takes the tool out of a course: from now on every token is as good as a bad one there.
   * @throws UnknownSimulatedCourse
   */
  withdrawTool(contextId: string): void {
    this.course(contextId).toolWithdrawn = true;
  }

  /**
   * Switches a client off for the account, or on again, as an administrator of Canvas does with a developer key. A tool's
   * tokens are refused then, and it gets no new ones. A user's tokens are refused too, though refreshing goes on.
   */
  switchKey(clientId: string, to: 'off' | 'on'): void {
    this.#state.switchKey(clientId, to);
  }

  /** Leads every request to another address, as Moodle does once its site has moved. @param url without a slash at the end */
  moveTo(url: string): void {
    this.#state.movedTo = url;
  }

  /** Stops at once; requests that wait for an answer lose their connection. */
  async stop(): Promise<void> {
    await this.#server.stop();
  }
}
