import {
  Conflict,
  InvalidRequest,
  NotFound,
  PlatformAnswerInvalid,
  PlatformRefused,
  Unavailable,
} from '../common/reactions.errors.js';

const SPEC = 'PNS 1.0';

/** A notice that was not accepted, by its place in the list. */
export interface RefusedNotice {
  index: number;
  code: string;
  message: string;
}

export const noticeErrors = {
  // The request of the platform

  unreadable: (reason: string) =>
    new InvalidRequest({
      code: 'notices_unreadable',
      specRef: SPEC,
      message: `The notices cannot be read: ${reason}. Send a JSON object {"notices": [{"jwt": "..."}]}.`,
    }),
  tooLarge: (bound: string) =>
    new InvalidRequest({
      code: 'notices_too_large',
      status: 413,
      specRef: SPEC,
      message: `One request may have at most ${bound}. Send the notices in several requests, none was accepted.`,
    }),
  /** Not one notice of the request was accepted. */
  refused: (refused: readonly RefusedNotice[]) =>
    new InvalidRequest({
      code: 'notices_refused',
      specRef: SPEC,
      message: `No notice was accepted. ${[...new Set(refused.map(({ message }) => message))].slice(0, 3).join(' ')}`,
      details: { refused },
    }),

  // One notice

  malformed: (fault: string) =>
    new InvalidRequest({ code: 'notice_malformed', specRef: SPEC, message: `The notice ${fault}.` }),
  issuerUnknown: () =>
    new InvalidRequest({
      code: 'notice_issuer_unknown',
      specRef: SPEC,
      message: 'No registration has the issuer and the client_id (aud) of the notice.',
    }),
  tooManyRegistrations: (bound: number) =>
    new InvalidRequest({
      code: 'notice_registrations_too_many',
      specRef: SPEC,
      message: `The notices before this one are for ${bound} other registrations. Send it in a request of its own.`,
    }),
  /** The JWT is not one that the platform signed for this tool. `code` is that of an id_token with the same fault. */
  jwtRefused: (code: string, fault: string, cause: unknown) =>
    new InvalidRequest({ code, specRef: 'SEC 5.1.3', message: `The JWT of the notice ${fault}.`, cause }),
  deploymentUnknown: () =>
    new InvalidRequest({
      code: 'deployment_unknown',
      specRef: SPEC,
      message: 'The notice is from a deployment that the registration does not name.',
    }),

  // The list of notices, and a retry

  notFound: (id: string) =>
    new NotFound({
      code: 'notice_not_found',
      message: `There is no notice ${id}, or it was deleted at the end of its retention.`,
    }),
  notFailed: (id: string) =>
    new Conflict({
      code: 'notice_not_failed',
      message: `Notice ${id} is handled. Only a notice that was given up can be retried.`,
    }),
  claimsDeleted: (id: string) =>
    new Conflict({
      code: 'notice_claims_deleted',
      message: `Notice ${id} cannot be retried, because its claims were deleted: a user in it was erased, or an earlier version gave it up.`,
    }),

  // The notice handlers at the platform

  serviceUnknown: (registrationId: string, deploymentId: string) =>
    new NotFound({
      code: 'notice_service_unknown',
      specRef: SPEC,
      message:
        `No launch of deployment "${deploymentId}" of registration ${registrationId} has named a Platform Notification Service. ` +
        'Have the administrator of the platform enable it with the scope noticehandlers, then launch the tool once.',
    }),
  typeNotSupported: (type: string, supported: readonly string[]) =>
    new Conflict({
      code: 'notice_type_not_supported',
      specRef: SPEC,
      message: `The platform does not send notices of type ${type} to this deployment. It offers: ${supported.join(', ') || 'none'}.`,
      details: { supported },
    }),
  handlersRefused: (platformStatus: number, words: string) =>
    new PlatformRefused({
      code: 'notice_handlers_refused',
      specRef: SPEC,
      message:
        `The platform refused the request for its notice handlers with ${platformStatus}${words === '' ? '' : ` (${words})`}. ` +
        'Check that the tool has the scope noticehandlers there, and that its public URL is on the domain of the tool.',
      details: { platformStatus },
    }),
  handlersUnavailable: (platformStatus: number, retryAt: Date) =>
    new Unavailable({
      code: 'notice_handlers_unavailable',
      specRef: SPEC,
      message: `The Platform Notification Service failed with ${platformStatus}. Try again later.`,
      retryAt,
      details: { platformStatus },
    }),
  handlersUnreadable: () =>
    new PlatformAnswerInvalid({
      code: 'notice_handlers_unreadable',
      specRef: SPEC,
      message:
        'The platform answered with success, but not with a list of notice handlers. Check the URL of its service.',
    }),
};
