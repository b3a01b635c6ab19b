import { type LaunchContext } from './context/launch-context.schema.js';
import { type LaunchReply } from './launch-reply.js';

/** A launch that was checked and recorded, with a session of its own. */
export interface ReceivedLaunch {
  context: LaunchContext;
  session: {
    id: string;
    expiresAt: Date;
    /** For `Authorization: Bearer` at what `LtiLaunchGuard` guards. It opens the session: never put it into a URL. */
    token: string;
  };
  /** Opens the session once, within a minute (`LaunchSessionService.exchange`): for a form that is posted to the tool. */
  oneTimeCode: string;
}

/**
 * What the tool does with a launch: where the user's browser goes, or what it shows. It is called once for each launch, after
 * everything was checked; what it throws the user sees as an error page.
 */
export interface LaunchHandler {
  handle(launch: ReceivedLaunch): LaunchReply | Promise<LaunchReply>;
}
export const LaunchHandler = Symbol('LaunchHandler');
