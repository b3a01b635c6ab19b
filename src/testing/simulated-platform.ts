import { type INestApplication } from '@nestjs/common';
import { SystemClock } from '../common/clock.js';
import { type Tamper } from './launch/attacks/tamper.js';
import { type BrowserResponse } from './browser/browser-exchange.js';
import { type Registration } from './tools/embedded-tool.js';
import { families } from './families/families.js';
import { gradebookSnapshot, type LineItemSnapshot } from './gradebook/gradebook-snapshot.js';
import { type LaunchInput } from './launch/launch-input.schema.js';
import { type LoginInitiation } from './launch/login-initiation.js';
import { type Lti11Launch, startLti11Launch } from './launch/lti11/lti11-launch.js';
import { type Lti11LaunchInput } from './launch/lti11/lti11-launch-input.schema.js';
import { registrationStart } from './dynamic-registration/dynamic-registration-route.js';
import { routesOf } from './platform/platform-routes.js';
import { PlatformServer } from './platform/platform-server.js';
import {
  PlatformState,
  type SimulatedCopyInput,
  type SimulatedCourseInput,
} from './platform/platform-state.js';
import { PlatformView } from './platform/platform-view.js';
import { type SimulatedPlatformOptions } from './simulated-platform.options.js';
import { type ToolDeployment } from './notices/notices.js';
import { type ConnectedRegistration } from './tools/remote-tool.js';
import { addRunningTool, connectTool } from './tools/connection.js';
import { type SigningAlgorithm } from './keys/signing-key-pair.js';
import { SimulatedBrowser, type SimulatedBrowserOptions } from './browser/simulated-browser.js';
import { type SimulatedCourse } from './platform/simulated-course.js';
import { type SimulatedTool, type SimulatedToolInput } from './tools/simulated-tool.js';
import { type ToolRegistration, type ToolRegistrationOptions } from './tools/tool-registration.js';
import {
  type SimulatedUserOAuthClient,
  type SimulatedUserOAuthClientInput,
} from './user-oauth/user-oauth-client.js';
import { UserOAuth } from './user-oauth/user-oauth.js';
import { testingErrors } from './testing.errors.js';

const loopbackHosts = ['127.0.0.1', '::1', 'localhost'];

/**
 * A learning management system on this machine, for tests and demonstrations: launches, a strict token end point, memberships
 * and a gradebook over real HTTP, with the quirks of one product and with faults on demand. It counts its requests. It does
 * not keep its process alive.
 *
 * @example
 * const lms = await SimulatedPlatform.start({ family: 'moodle' });
 * const course = lms.addCourse({ members: 20 });
 * const registration = await lms.connect(app);
 * const launched = await lms.launch({ userId: course.instructor.userId });
 * await lms.stop();
 */
export class SimulatedPlatform extends PlatformView {
  /** The API of the users, and the permissions that they give to tools. */
  readonly userOAuth: UserOAuth;
  readonly #server: PlatformServer;
  readonly #state: PlatformState;

  private constructor(server: PlatformServer, state: PlatformState) {
    super(state);
    this.#server = server;
    this.#state = state;
    this.userOAuth = new UserOAuth(state.url, state.userOAuth);
  }

  /**
   * Starts a platform.
   *
   * @throws {ConfigurationInvalid} `simulated_platform_not_loopback` when the host is not this machine.
   * @throws {Error} of the system when the port is taken.
   * @example
   * const lms = await SimulatedPlatform.start({ family: 'canvas', port: 4000 });
   */
  static async start(options: SimulatedPlatformOptions = {}): Promise<SimulatedPlatform> {
    const { family = 'generic', host = '127.0.0.1', port = 0, tokenLifeSeconds = 3600 } = options;
    if (!loopbackHosts.includes(host)) throw testingErrors.notLoopback(host);
    const server = await PlatformServer.listen(host, port);
    const url = `http://${host === '::1' ? '[::1]' : host}:${server.port}`;
    const clock = options.clock ?? new SystemClock();
    const { authorizationQuery, keyAlgorithm, throttles, ownIssuer = false } = options;
    const { issuer, ...withoutIssuer } = families[family];
    const state = new PlatformState({
      url,
      family: ownIssuer || issuer === undefined ? withoutIssuer : families[family],
      clock,
      tokenLifeSeconds,
      throttles,
      authorizationQuery,
      keyAlgorithm,
    });
    server.serve({ state, ...routesOf(state) });
    return new SimulatedPlatform(server, state);
  }

  /**
   * Registers a tool. A tool with the same client id is replaced.
   *
   * @throws {ZodError} when a field is missing or wrong.
   * @example
   * lms.addTool({ clientId: 'tool-1', jwksUrl: 'http://127.0.0.1:3000/lti/jwks.json' });
   */
  addTool(input: SimulatedToolInput): SimulatedTool {
    return this.#state.addTool(input);
  }

  /**
   * Adds a running tool to this platform. Returns the registration of the platform, for `RegistrationService.create` or
   * `POST /api/v1/registrations`.
   *
   * @param tool a Nest application that imports `LtiModule` and listens, or the public URL of a tool
   * @throws {ToolNotListening} `tool_not_listening`.
   * @example
   * const input = await lms.registrationFor(app);
   * await app.get(RegistrationService).create({ ...input, scopes: [Scope.score] });
   */
  registrationFor(
    tool: INestApplication | string,
    options: ToolRegistrationOptions = {},
  ): Promise<ToolRegistration> {
    return addRunningTool(this.#state, tool, options);
  }

  /**
   * Registers a running tool with this platform, and this platform with the tool. Then launches, rosters and scores work. The tool needs `platformHttp.allowPrivateNetworks`, as this platform is on the loopback interface.
   *
   * @param tool a Nest application that imports `LtiModule` and listens; any port and any `publicUrl` work
   * @throws {ToolNotListening} `tool_not_listening`.
   * @throws {ToolNotConnected} `tool_not_connected`.
   * @example
   * await app.listen(0);
   * const registration = await lms.connect(app);
   */
  connect(tool: INestApplication, options?: ToolRegistrationOptions): Promise<Registration>;
  /**
   * Registers a running service by its REST API.
   *
   * @param tool the service's public URL
   * @throws {ToolNotConnected} `tool_not_connected` with the service's answer.
   * @example
   * const { id } = await lms.connect('http://localhost:3000', { apiKey });
   */
  connect(
    tool: string,
    options: ToolRegistrationOptions & { readonly apiKey: string },
  ): Promise<ConnectedRegistration>;
  connect(
    tool: INestApplication | string,
    options: ToolRegistrationOptions & { readonly apiKey?: string } = {},
  ): Promise<Registration | ConnectedRegistration> {
    return connectTool(this.#state, tool, options);
  }

  /**
   * Starts a dynamic registration, as an administrator does who pastes the tool's registration URL into the platform. Its token
   * works once.
   *
   * @param existingClientId of a tool that is updated, as Canvas can
   * @returns the URL that the platform opens in the administrator's browser
   * @throws {Conflict} `simulated_platform_registers_no_tools` for products without dynamic registration
   * @example
   * const { registrationUrl } = await app.get(RegistrationInvitationService).create({ name: 'Campus' });
   * await page.goto(lms.startRegistration(registrationUrl));
   */
  startRegistration(registrationUrl: string, existingClientId?: string): string {
    return registrationStart(this.#state, registrationUrl, existingClientId);
  }

  /**
   * Opens a user's browser, which runs no scripts. It reaches connected tools by their public URLs, wherever they listen.
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
   * @param input the user, tool and course. By default the first tool, and the course of `resourceLinkId` or the first one; without
   * `userId` the user is anonymous. The platform's storage is not offered, since it needs scripts.
   * @param browser a new one by default
   * @throws {ZodError | NotFound | Conflict} as `startLaunch` does.
   * @example
   * const course = lms.addCourse({ members: 20 });
   * const { status, headers } = await lms.launch({ userId: course.instructor.userId });
   */
  launch(input: LaunchInput = {}, browser: SimulatedBrowser = this.browser()): Promise<BrowserResponse> {
    return browser.launch(this.startLaunch({ platformStorage: false, ...input }));
  }

  /**
   * Adds a client that may ask users for tokens of the API. A client with the same id is replaced.
   *
   * @throws {ZodError} when a field is missing or wrong.
   * @example
   * lms.addUserOAuthClient({ clientId: '10', clientSecret: 'test', redirectUris: ['https://tool.example.edu/callback'] });
   */
  addUserOAuthClient(input: SimulatedUserOAuthClientInput): SimulatedUserOAuthClient {
    return this.userOAuth.addClient(input);
  }

  /**
   * Adds a course.
   *
   * @throws {Conflict} `duplicate_simulated_course` when a course has this context id.
   * @example
   * const course = lms.addCourse({ title: 'Algebra', members: 20 });
   */
  addCourse(input: SimulatedCourseInput = {}): SimulatedCourse {
    return this.#state.addCourse(input);
  }

  /**
   * Copies a course with its resource links, as a teacher does for the next term. Tools with a handler for it have got an
   * `LtiContextCopyNotice` when this resolves. Launches of the copy expand `$Context.id.history` and `$ResourceLink.id.history`
   * where the product does.
   *
   * @throws {NotFound} `unknown_simulated_course`, {Conflict} `duplicate_simulated_course`.
   * @example
   * const next = await lms.copyCourse({ from: course.contextId, title: 'Algebra II', members: 20 });
   */
  async copyCourse(input: SimulatedCopyInput = {}): Promise<SimulatedCourse> {
    const copy = this.#state.copyCourse(input);
    await this.#state.notices.sendCopy(copy);
    return copy;
  }

  /**
   * Sends a notice to a tool that has a handler for its type (Platform Notification Service).
   *
   * @param claims added to those of every notice, or instead of them
   * @example
   * await lms.sendNotice('LtiHelloWorldNotice', { clientId: registration.clientId, deploymentId: '1' });
   */
  sendNotice(
    type: string,
    deployment: ToolDeployment,
    claims: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    return this.#state.notices.send(deployment, type, claims);
  }

  /** Signs a notice without sending it. @param claims added to those of every notice, or instead of them */
  signNotice(
    type: string,
    deployment: ToolDeployment,
    claims: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    return this.#state.notices.sign(deployment, type, claims);
  }

  /**
   * The course with this context id.
   *
   * @throws {NotFound} `unknown_simulated_course`.
   * @example
   * lms.course('course-1').addMember({ name: 'Ada Lovelace' });
   */
  course(contextId: string): SimulatedCourse {
    return this.#state.course(contextId);
  }

  /**
   * The line items of a course with their results, as they are now.
   *
   * @throws {NotFound} `unknown_simulated_course`.
   * @example
   * const [quiz] = lms.gradebook(course.contextId);
   */
  gradebook(contextId: string): LineItemSnapshot[] {
    return gradebookSnapshot(this.course(contextId));
  }

  /**
   * Starts a launch. Returns the request that a user's browser has to send to the tool. The platform remembers the hint.
   *
   * @throws {ZodError} when a field is missing or wrong.
   * @throws {NotFound} when the platform does not have the tool, course, member or resource link.
   * @throws {Conflict} `simulated_tool_cannot_launch` when the tool has no launch settings.
   * @example
   * const { url, parameters } = lms.startLaunch({ userId: course.learner.userId });
   */
  startLaunch(input: LaunchInput): LoginInitiation {
    return this.#state.launches.start(input);
  }

  /**
   * Starts a launch by LTI 1.1. Returns a signed form for the tool.
   *
   * @throws {ZodError | NotFound | Conflict} as `startLaunch` does.
   * @example
   * const { url, parameters } = lms.startLti11Launch({ consumerKey: 'key', contextId: course.contextId });
   */
  startLti11Launch(input: Lti11LaunchInput): Lti11Launch {
    return startLti11Launch(input, this.#state);
  }

  /**
   * Changes the next launch that arrives at the authorization end point, and no other.
   *
   * @example
   * lms.tamperNextLaunch({ claims: (claims) => ({ ...claims, nonce: 'another' }) });
   */
  tamperNextLaunch(tamper: Tamper): void {
    this.#state.tamperNextLaunch(tamper);
  }

  /**
   * Replaces the signing key, also in the key set. The algorithm stays the same by default.
   *
   * @example
   * lms.rotateKeys('ES256');
   */
  rotateKeys(algorithm?: SigningAlgorithm): void {
    this.#state.keys.rotate(algorithm);
  }

  /**
   * Signs claims as an id_token of this platform.
   *
   * @example
   * const idToken = await lms.signToken({ iss: lms.issuer, sub: '42' }, { typ: 'JWT' });
   */
  signToken(claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> {
    return this.#state.keys.sign(JSON.stringify(claims), header);
  }

  /**
   * Sets `Cache-Control` of the platform's key set; undefined removes the header.
   *
   * @example
   * lms.cacheKeySet('max-age=3600');
   */
  cacheKeySet(cacheControl: string | undefined): void {
    this.#state.keySetCacheControl = cacheControl;
  }

  /**
   * Expires every token that was issued.
   *
   * @example
   * lms.expireTokens();
   */
  expireTokens(): void {
    this.#state.issuedTokens.expireAll();
  }

  /**
   * Removes the tool from a course. From then on the course refuses every token.
   *
   * @throws {NotFound} `unknown_simulated_course`.
   * @example
   * lms.withdrawTool(course.contextId);
   */
  withdrawTool(contextId: string): void {
    this.course(contextId).toolWithdrawn = true;
  }

  /**
   * Switches a client off for the account, or on again, as an administrator of Canvas does with a developer key. While it is
   * off, the tool's tokens are refused and it gets no new ones. Users' tokens are refused too, but can be refreshed.
   *
   * @example
   * lms.switchKey(registration.clientId, 'off');
   */
  switchKey(clientId: string, to: 'off' | 'on'): void {
    this.#state.switchKey(clientId, to);
  }

  /**
   * Redirects every request to another address, as Moodle does after a move.
   *
   * @param url without a slash at the end
   *
   * @example
   * lms.moveTo('http://127.0.0.1:4001');
   */
  moveTo(url: string): void {
    this.#state.movedTo = url;
  }

  /**
   * Stops at once. Requests without an answer lose their connection.
   *
   * @example
   * afterAll(() => lms.stop());
   */
  async stop(): Promise<void> {
    await this.#server.stop();
  }
}
