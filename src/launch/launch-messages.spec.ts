import { problemOf } from '../../test/support/problem-of.js';
import { registrationFixture } from '../../test/support/registration-fixture.js';
import { launchContextOf } from './context/launch-claims.js';
import { Claim } from './context/launch-claims.schema.js';
import { type LaunchHandler } from './launch-handler.js';
import { checkMessages, LaunchMessages } from './launch-messages.js';

const NEEDED = 'https://lms.example.edu/claim/ticket';
const named = (name: string): LaunchHandler => ({ handle: () => ({ html: name }) });
const [handler, deepLinkHandler, ticketHandler, otherMessagesHandler] = [
  'all',
  'picker',
  'ticket',
  'other',
].map(named) as [LaunchHandler, LaunchHandler, LaunchHandler, LaunchHandler];
const messages = new Map([['LtiTicketRequest', { requiredClaims: [NEEDED], handler: ticketHandler }]]);

/** A message with the claims that every message needs, and more. */
const message = (messageType: unknown, more: Record<string, unknown> = {}) => ({
  sub: 'u1',
  [Claim.messageType]: messageType,
  [Claim.version]: '1.3.0',
  [Claim.deploymentId]: '1',
  ...more,
});
const read = (payload: Record<string, unknown>, taken: LaunchMessages) =>
  launchContextOf(
    payload,
    registrationFixture({ id: 'registration', tokenUrl: 'https://elsewhere.example.edu/token' }),
    taken.requiredClaims,
  );

describe('LaunchMessages', () => {
  const closed = new LaunchMessages({ handler, deepLinkHandler, messages });
  const open = new LaunchMessages({ handler, deepLinkHandler, messages, otherMessagesHandler });

  it('takes a registered type with its claims, and gives it to its handler', () => {
    const context = read(message('LtiTicketRequest', { [NEEDED]: { id: 7 } }), closed);
    expect(context).toMatchObject({ messageType: 'LtiTicketRequest', user: { id: 'u1' }, roles: [] });
    expect(context.payload[NEEDED]).toEqual({ id: 7 });
    expect(closed.handlerOf(context)).toBe(ticketHandler);
  });

  it.each([undefined, null])(
    'refuses a registered type whose required claim is %p, and names the claim',
    (value) => {
      const problem = problemOf(() => read(message('LtiTicketRequest', { [NEEDED]: value }), closed));
      expect(problem).toMatchObject({ code: 'claim_missing', status: 400, claim: NEEDED });
      expect(problem.detail).toContain('send this text to its administrator');
    },
  );

  it('checks what every message needs in a registered type, too', () => {
    const payload = message('LtiTicketRequest', { [NEEDED]: 1, [Claim.deploymentId]: null });
    expect(problemOf(() => read(payload, closed))).toMatchObject({ claim: Claim.deploymentId });
    const older = message('LtiTicketRequest', { [NEEDED]: 1, [Claim.version]: '1.2.0' });
    expect(problemOf(() => read(older, closed))).toMatchObject({ code: 'lti_version_unsupported' });
  });

  it.each(['LtiUnheardOf', 'toString', '', 7, { type: 'LtiTicketRequest' }])(
    'refuses the type %j that the tool does not take, and lists those that it takes',
    (type) => {
      const problem = problemOf(() => read(message(type), closed));
      expect(problem).toMatchObject({ code: 'message_type_unsupported', status: 400 });
      expect(problem.detail).toContain(
        'LtiResourceLinkRequest, LtiDeepLinkingRequest, LtiSubmissionReviewRequest and LtiTicketRequest.',
      );
    },
  );

  it('gives a type that nobody has registered to the handler that asks for such types', () => {
    const context = read(message('LtiUnheardOf'), open);
    expect(open.handlerOf(context)).toBe(otherMessagesHandler);
    expect(problemOf(() => read(message(7), open))).toMatchObject({ code: 'message_type_unsupported' });
  });

  it('leaves the types of every tool with their handlers', () => {
    expect(open.handlerOf({ messageType: 'LtiResourceLinkRequest' })).toBe(handler);
    expect(open.handlerOf({ messageType: 'LtiSubmissionReviewRequest' })).toBe(handler);
    expect(open.handlerOf({ messageType: 'LtiDeepLinkingRequest' })).toBe(deepLinkHandler);
    expect(problemOf(() => read(message('LtiResourceLinkRequest'), open))).toMatchObject({
      code: 'claim_missing',
      claim: Claim.targetLinkUri,
    });
  });
});

describe('checkMessages', () => {
  class Handler implements LaunchHandler {
    handle() {
      return { html: '' };
    }
  }
  const of = (type: string) => ({ type, handler: Handler });

  it.each([
    [[of('A'), of('B'), of('A')], false, 'launches.messages.2.type'],
    [[of('')], false, 'launches.messages.0.type'],
    [[of('LtiDeepLinkingRequest')], true, 'launches.messages.0.type'],
  ])('refuses types without a name or with two handlers', (list, hasDeepLinkHandler, name) => {
    expect(() => checkMessages(list, hasDeepLinkHandler)).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', faults: [expect.objectContaining({ name })] }),
    );
    expect(() => checkMessages([of('A'), of('LtiDeepLinkingRequest')], false)).not.toThrow();
  });
});
