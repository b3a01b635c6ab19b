import {
  AccessDenied,
  Conflict,
  InvalidRequest,
  NotFound,
  PlatformAnswerInvalid,
  PlatformRefused,
} from '../../common/reactions.errors.js';

const specRef = 'DR 1.0';

export const dynamicRegistrationErrors = {
  configurationInvalid: (fields: readonly string[]) =>
    new PlatformAnswerInvalid({
      code: 'registration_configuration_invalid',
      specRef: `${specRef} 3.3`,
      message:
        `The openid configuration of the platform cannot be used. Missing or wrong: ${fields.join(', ')}. ` +
        'Its administrator has to check the registration URL, or you register the tool by hand.',
    }),
  issuerMismatch: (issuerHost: string, configurationHost: string) =>
    new PlatformAnswerInvalid({
      code: 'registration_issuer_mismatch',
      specRef: `${specRef} 3.3`,
      message:
        `The openid configuration of ${configurationHost} names an issuer on ${issuerHost}. They have to be on the same host. ` +
        'A platform that keeps the issuer of another one has to be registered by hand.',
    }),
  answerInvalid: (fault: string) =>
    new PlatformAnswerInvalid({
      code: 'registration_answer_invalid',
      specRef: `${specRef} 3.6`,
      message:
        `The platform answered the registration, but the answer cannot be used: ${fault}. ` +
        'Look up the client id and the deployment id in the platform, and register the tool by hand.',
    }),
  answerForeign: (member: string) =>
    new PlatformAnswerInvalid({
      code: 'registration_answer_foreign',
      specRef: `${specRef} 3.6`,
      message:
        `The platform answered with the registration of another tool: its ${member} is not ours. Nothing was stored. ` +
        'Its administrator has to remove the tool there and start the registration again.',
    }),
  refused: (status: number, words: string, advice: string) =>
    new PlatformRefused({
      code: 'registration_refused',
      specRef: `${specRef} 3.6`,
      message: `The platform refused the registration with status ${status}${words === '' ? '' : `: ${words}`}. ${advice}`,
      details: { platformStatus: status },
    }),
  invitationRequired: () =>
    new AccessDenied({
      code: 'registration_invitation_required',
      message:
        'This tool is registered by invitation only. Ask its operator for a registration URL, and paste that into the platform.',
    }),
  /** One text for all reasons, so that an attacker who tries secrets learns nothing. */
  invitationInvalid: () =>
    new AccessDenied({
      code: 'registration_invitation_invalid',
      message:
        'The invitation in this registration URL is unknown, was used or revoked, or has expired. Ask the operator of the tool for ' +
        'a new registration URL.',
    }),
  issuerNotAllowed: (host: string) =>
    new AccessDenied({
      code: 'registration_issuer_not_allowed',
      message: `The invitation is not for the platform ${host}. Ask the operator of the tool for one that is.`,
    }),
  parameterInvalid: (name: string) =>
    new InvalidRequest({
      code: 'registration_parameter_invalid',
      specRef: `${specRef} 3.2`,
      message:
        `The platform did not send ${name} as one text. A registration starts in the platform: its administrator pastes the ` +
        'registration URL there, where external tools are added.',
    }),
  invitationNotFound: (id: string) =>
    new NotFound({
      code: 'registration_invitation_not_found',
      message: `There is no invitation ${id}, or it was used or revoked.`,
    }),
  notFound: (id: string) =>
    new NotFound({
      code: 'dynamic_registration_not_found',
      message: `There is no dynamic registration ${id}.`,
    }),
  settled: (id: string, status: string) =>
    new Conflict({
      code: 'dynamic_registration_settled',
      message: `The dynamic registration ${id} is ${status}, so it can be neither finished nor discarded.`,
    }),
  confirmationRequired: (id: string, reason: string) =>
    new Conflict({
      code: 'registration_confirmation_required',
      message:
        `The platform answered with a client id that this tool knows, but ${reason}. Nothing was changed. If this is right, the ` +
        `operator of the tool confirms it: POST /api/v1/dynamic-registrations/${id}/finish.`,
      details: { dynamicRegistrationId: id },
    }),
  configurationRefused: (status: number) =>
    new PlatformRefused({
      code: 'registration_configuration_refused',
      specRef: `${specRef} 3.3`,
      message:
        `The platform answered the request for its openid configuration with status ${status}. Its link may have expired: start ` +
        'the registration in the platform again.',
      details: { platformStatus: status },
    }),
};
