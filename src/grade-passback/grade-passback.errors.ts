import { type LtiError } from '../common/lti-error.js';
import {
  Conflict,
  ConfigurationInvalid,
  InvalidRequest,
  NotFound,
  PlatformRefused,
  Unavailable,
} from '../common/reactions.errors.js';
import { type OutboxStatus } from './outbox-score.entity.js';

export const passbackErrors = {
  notFound: (id: string) =>
    new NotFound({
      code: 'score_not_found',
      message: `There is no score ${id} in the outbox. A posted score is deleted after a time (gradePassback.keepFor).`,
    }),
  /** A score of this status cannot be retried or cancelled. */
  settled: (id: string, status: OutboxStatus, wanted: 'retry' | 'cancel') => {
    const which =
      wanted === 'retry'
        ? 'Only a rejected score can be retried'
        : 'Only a rejected score, or one with no request in flight, can be cancelled';
    return new Conflict({
      code: 'score_settled',
      message: `Score ${id} is ${status}${status === 'pending' ? ' and a request for it may be in flight' : ''}. ${which}.`,
    });
  },
  tooMany: (max: number) =>
    new InvalidRequest({
      code: 'too_many_scores',
      status: 413,
      message: `There are more than ${max} scores. Send them in several requests.`,
    }),
  /** The request cannot be read as a whole: none of its scores was stored. */
  unreadable: (found: string) =>
    new InvalidRequest({
      code: 'scores_unreadable',
      message:
        `The scores could not be read: ${found}. Send a JSON array as application/json, or a JSON object on each line ` +
        'as application/x-ndjson.',
    }),
  tooLarge: (maxBytes: number) =>
    new InvalidRequest({
      code: 'scores_too_large',
      status: 413,
      message: `The request has more than ${maxBytes} bytes. Send the scores in several requests.`,
    }),
  /** The caller's transaction is on another database than the outbox. */
  outboxElsewhere: (cause: unknown) =>
    new ConfigurationInvalid({
      code: 'outbox_elsewhere',
      message:
        "The transaction's connection does not reach nest-lti's tables. Use a transaction on the same " +
        'database, with a role that may use the schema nest_lti.',
      cause,
    }),
  /** The platform has answered the score with server errors for too long. */
  gaveUp: (days: number, reason: LtiError) =>
    new PlatformRefused({
      code: 'score_gave_up',
      message: `The platform has answered this score with server errors for ${days} days. ${reason.message}`,
      cause: reason,
    }),
  /** A retry was refused after a lost answer, and the result does not show whether the platform took the first attempt. */
  inDoubt: (refusal: LtiError) =>
    new PlatformRefused({
      code: 'score_in_doubt',
      message:
        'The answer to the score was lost and its retry was refused. The result does not show whether the platform has ' +
        `the score: look into the gradebook, and cancel the score if it is there. ${refusal.message}`,
      cause: refusal,
    }),
  /** nest-lti itself failed while it sent the score. The platform may have it. */
  notSent: (cause: unknown) =>
    new Unavailable({
      code: 'score_not_sent',
      status: 500,
      message:
        'nest-lti failed while it sent this score. The log has the reason. The score is sent again later.',
      cause,
    }),
};
