import { placeOf } from '../../common/url-policy.js';
import {
  Conflict,
  InvalidRequest,
  PlatformAnswerInvalid,
  PlatformRefused,
  Unavailable,
} from '../../common/reactions.errors.js';

/** An answer of the platform that is not the expected one. */
export interface GradesAnswer {
  /** The HTTP status of the platform's answer. */
  platformStatus: number;
  /** What the call was about, such as `the line items`. */
  what: string;
  /** The platform's own words, safe to show; empty when there are none. */
  words: string;
  /** The body is an HTML page, which no gradebook sends. */
  isPage: boolean;
}

/**
 * The platform refused a request of the grade services. Repeating it does not help.
 *
 * Codes: `line_item_gone` (the platform no longer has the line item or its course), `score_stale` (it has a score of
 * this user with the same timestamp or a later one), `score_not_saved` (a success status with which this platform has
 * saved nothing), and `grades_refused`.
 *
 * @example
 * if (error instanceof GradesRefused && error.code === 'line_item_gone') await grades.create(client, newLineItem);
 */
export class GradesRefused extends PlatformRefused {
  constructor(
    /** The platform's answer, without its body. */
    readonly answer: GradesAnswer,
    advice: string,
    code = 'grades_refused',
  ) {
    super({
      code,
      specRef: 'AGS 2.0',
      message: `The platform refused ${answer.what} with ${said(answer)}. ${advice}`,
      details: detailsOf(answer),
    });
  }
}

/** A proxy or firewall answered instead of the gradebook: this is not a verdict on the score. */
export class ScoreIntercepted extends PlatformRefused {
  constructor(readonly answer: GradesAnswer) {
    super({
      code: 'score_intercepted',
      message:
        `A proxy or firewall in front of the platform's gradebook answered ${answer.what} with ${said(answer)}. The score waits. Ask ` +
        "the platform's administrator to allow the tool's requests there.",
      details: detailsOf(answer),
    });
  }
}

export const gradesErrors = {
  noLineItemsEndpoint: () =>
    new InvalidRequest({
      code: 'no_line_items_endpoint',
      message: 'This client has no line items URL. Authenticate with endpoints that include one.',
    }),
  /** The line item is at another platform than the line items of the course: the token is not sent there. */
  foreignLineItem: (id: string, endpoint: string) =>
    new InvalidRequest({
      code: 'foreign_line_item',
      message:
        `The line item is at ${placeOf(new URL(id))}, but the course's line items are at ${new URL(endpoint).origin}: ` +
        'no token is sent there. Use the line items URL of a recent launch. If both are the platform, its administrator ' +
        'must correct the address that it (or its proxy) uses for itself.',
    }),
  lineItemGone: (answer: GradesAnswer) =>
    new GradesRefused(
      answer,
      'The line item no longer exists there, its course has ended, or the tool was removed from the course.',
      'line_item_gone',
    ),
  /** In a retry, the newer score is the one that was sent before. */
  scoreStale: (answer: GradesAnswer) =>
    new GradesRefused(
      answer,
      'It has a score of this user with the same timestamp or a later one.',
      'score_stale',
    ),
  scoreNotSaved: (answer: GradesAnswer) =>
    new GradesRefused(
      answer,
      'This answer of the platform means that it has saved nothing.',
      'score_not_saved',
    ),
  /** The platform failed to process the request. */
  unavailable: (answer: GradesAnswer, retryAt: Date) =>
    new Unavailable({
      code: 'grades_unavailable',
      message: `The platform failed to process ${answer.what}: ${said(answer)}. Try again later. The log of the platform has the reason.`,
      retryAt,
      details: detailsOf(answer),
    }),
  /**
   * The status says success, but the answer cannot be read. Its text is not shown: it may contain personal data.
   *
   * @param found such as `an HTML page`, or the field at fault
   */
  unreadable: (what: string, found: string) =>
    new PlatformAnswerInvalid({
      code: 'grades_unreadable',
      specRef: 'AGS 2.0',
      message: `The platform's answer to ${what} could not be read: ${found}. Check the line items URL of the course.`,
    }),
  /** The line item belongs to a link of the course: the platform deletes it with the link. */
  lineItemCoupled: (id: string) => {
    const { host, pathname } = new URL(id);
    return new Conflict({
      code: 'line_item_coupled',
      message:
        `${host}${pathname} belongs to a link in the course: the platform may refuse to delete it, or delete its grades. ` +
        'Delete the link in the course instead, or delete with force.',
    });
  },
  /** The list is longer than the caller's `max`. */
  tooMany: (what: string, max: number) =>
    new InvalidRequest({
      code: 'too_many_grades',
      status: 422,
      message: `There are more than ${max} ${what}. Raise max, or use a filter.`,
    }),
};

function said({ platformStatus, words }: GradesAnswer): string {
  return words === '' ? `${platformStatus}` : `${platformStatus} (${words})`;
}

function detailsOf({ platformStatus }: GradesAnswer): Record<string, unknown> {
  return { platformStatus };
}
