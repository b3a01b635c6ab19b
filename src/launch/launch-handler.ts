import { type Type } from '@nestjs/common';
import { type LaunchContext } from './context/launch-context.schema.js';
import { type LaunchHandlerReply } from './launch-reply.js';

/** A launch that was checked and recorded, and its session. */
export interface ReceivedLaunch {
  /** The user, the course and the placement of the launch. */
  context: LaunchContext;
  /** The launch session, which ends at `expiresAt`. */
  session: {
    id: string;
    expiresAt: Date;
    /**
     * Signs a bearer token for the session. Send it as `Authorization: Bearer` to routes behind `LtiLaunchGuard`. It is a credential:
     * never put it into a URL.
     */
    createToken: () => Promise<string>;
  };
  /** Exchanged once, within a minute, for the session (`LaunchSessionService.exchange`). For a form that is posted to the tool. */
  oneTimeCode: string;
}

/**
 * The tool's answer to a launch: a redirect, a form or a page. It is called once for each launch, after all checks. If it throws, the
 * user sees an error page.
 *
 * @example
 * class QuizLaunchHandler implements LaunchHandler {
 *   handle({ context, oneTimeCode }: ReceivedLaunch): LaunchReply {
 *     return { postTo: 'https://quiz.example.edu/start', fields: { code: oneTimeCode, link: context.resourceLink?.id ?? '' } };
 *   }
 * }
 */
export interface LaunchHandler {
  /**
   * Answers a launch that was checked and stored.
   *
   * @returns a redirect, a form, a page, or the content of a deep linking request
   */
  handle(launch: ReceivedLaunch): LaunchHandlerReply | Promise<LaunchHandlerReply>;
}
/** The injection token of the `LaunchHandler` that was given to `LtiModule`. */
export const LaunchHandler = Symbol('LaunchHandler');

/**
 * A LaunchHandler for launches by which a user picks content (`LtiDeepLinkingRequest`). Without one the LaunchHandler gets
 * them, too. The picker answers by `DeepLinkingService.respond`.
 *
 * @example
 * class PickerHandler implements DeepLinkHandler {
 *   handle({ oneTimeCode }: ReceivedLaunch) {
 *     return { postTo: 'https://tool.example.edu/picker', fields: { code: oneTimeCode } };
 *   }
 * }
 */
export type DeepLinkHandler = LaunchHandler;
/** The injection token of the `DeepLinkHandler` that was given to `LtiModule`. */
export const DeepLinkHandler = Symbol('DeepLinkHandler');

/**
 * A message type that the tool takes, and the LaunchHandler that answers it. Launches of other types are refused with
 * `message_type_unsupported`, unless `otherMessagesHandler` is given.
 *
 * @example
 * const messages: MessageHandling[] = [
 *   {
 *     type: 'LtiContextLaunchRequest',
 *     requiredClaims: ['https://purl.imsglobal.org/spec/lti/claim/context'],
 *     handler: CourseOverviewHandler,
 *   },
 * ];
 */
export interface MessageHandling {
  /** The value of the claim `message_type`. It may be one of the types that every tool takes. */
  type: string;
  /**
   * The names of claims, as in the id_token. A launch that lacks one, or has null for it, is refused with `claim_missing`, which names the
   * claim. `version`, `message_type`, `deployment_id` and what the standard requires of a type are checked in any case.
   */
  requiredClaims?: readonly string[];
  /** Nest creates it, so it can inject services of the host. */
  handler: Type<LaunchHandler>;
}
