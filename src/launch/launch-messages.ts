import { ConfigurationInvalid } from '../common/reactions.errors.js';
import { requiredClaims } from './context/launch-claims.schema.js';
import { type LaunchContext } from './context/launch-context.schema.js';
import { type LaunchHandler, type MessageHandling } from './launch-handler.js';
import { launchErrors } from './launch.errors.js';

/** The claims that a type needs besides those of the standard, and its handler. */
interface Message {
  requiredClaims: readonly string[];
  handler: LaunchHandler;
}

interface Handlers {
  handler: LaunchHandler;
  deepLinkHandler: LaunchHandler;
  /** By message type. */
  messages: ReadonlyMap<string, Message>;
  otherMessagesHandler?: LaunchHandler | undefined;
}

/** The message types that the tool takes, with their handlers. */
export class LaunchMessages {
  constructor(private readonly handlers: Handlers) {}

  /**
   * The claims that the tool requires of a type besides those of the standard.
   *
   * @param messageType the claim `message_type`
   * @throws {LaunchRefused} `message_type_unsupported`
   */
  readonly requiredClaims = (messageType: unknown): readonly string[] => {
    const { messages, otherMessagesHandler } = this.handlers;
    if (typeof messageType !== 'string') throw this.unsupported();
    const message = messages.get(messageType);
    if (message !== undefined) return message.requiredClaims;
    if (!isOfEveryTool(messageType) && otherMessagesHandler === undefined) throw this.unsupported();
    return [];
  };

  handlerOf({ messageType }: Pick<LaunchContext, 'messageType'>): LaunchHandler {
    const { handler, deepLinkHandler, messages, otherMessagesHandler } = this.handlers;
    const message = messages.get(messageType);
    if (message !== undefined) return message.handler;
    if (messageType === 'LtiDeepLinkingRequest') return deepLinkHandler;
    return isOfEveryTool(messageType) ? handler : (otherMessagesHandler ?? handler);
  }

  private unsupported() {
    const types = [...Object.keys(requiredClaims), ...this.handlers.messages.keys()];
    return launchErrors.messageTypeUnsupported([...new Set(types)]);
  }
}

function isOfEveryTool(messageType: string): boolean {
  return Object.hasOwn(requiredClaims, messageType);
}

/** @throws {ConfigurationInvalid} for a type without a name, or with two handlers */
export function checkMessages(messages: readonly MessageHandling[], hasDeepLinkHandler: boolean): void {
  const types = hasDeepLinkHandler ? ['LtiDeepLinkingRequest'] : [];
  const faults = messages.flatMap(({ type }, place) => {
    const name = `launches.messages.${place}.type`;
    if (type === '') return [{ name, message: 'is empty: give the value of the claim message_type' }];
    const isKnown = types.includes(type);
    types.push(type);
    return isKnown ? [{ name, message: `${type} has two handlers: leave one out` }] : [];
  });
  if (faults.length > 0) throw ConfigurationInvalid.of(faults);
}
