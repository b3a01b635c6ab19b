import { LtiError } from '../../common/lti-error.js';

/** An answer of the platform that is not the expected one. */
export interface GradesAnswer {
  platformStatus: number;
  /** What the call was about, such as `the line items`. */
  what: string;
  /** The platform's own words, safe to show; empty when there are none. */
  words: string;
}

function said({ platformStatus, words }: GradesAnswer): string {
  return words === '' ? `${platformStatus}` : `${platformStatus} (${words})`;
}

export class NoLineItemsEndpoint extends LtiError {
  readonly code = 'no_line_items_endpoint';
  readonly status = 400;

  constructor() {
    super('This client has no line items URL. Authenticate with endpoints that include one.');
  }
}

/** The line item is at another platform than the line items of the course: the token is not sent there. */
export class ForeignLineItem extends LtiError {
  readonly code = 'foreign_line_item';
  readonly status = 400;

  constructor(id: string, endpoint: string) {
    super(
      `The line item is at ${new URL(id).origin}, but the course's line items are at ${new URL(endpoint).origin}: ` +
        'no token is sent there. Use the line items URL of a recent launch; if both are the platform, its administrator ' +
        "has to correct its own address (a proxy's, often).",
    );
  }
}

/** The platform refused a request of the grade services. Repeating it does not help. */
export class GradesRefused extends LtiError {
  readonly code: string = 'grades_refused';
  readonly status = 502;
  override readonly specRef = 'AGS 2.0';

  constructor(
    readonly answer: GradesAnswer,
    advice: string,
  ) {
    super(`The platform refused ${answer.what} with ${said(answer)}. ${advice}`);
  }

  override details(): Record<string, unknown> {
    return { platformStatus: this.answer.platformStatus };
  }
}

/** The platform no longer has the line item or its course. */
export class LineItemGone extends GradesRefused {
  override readonly code = 'line_item_gone';

  constructor(answer: GradesAnswer) {
    super(answer, 'The line item is gone there, its course is concluded, or the tool was removed from it.');
  }
}

/** The platform has a score of this user that is as new, or newer. In a retry this is the score that was sent before. */
export class ScoreStale extends GradesRefused {
  override readonly code = 'score_stale';

  constructor(answer: GradesAnswer) {
    super(answer, 'It has a score of this user with the same timestamp or a later one.');
  }
}

/** The status says success, but this platform answers like this when it has saved nothing. */
export class ScoreNotSaved extends GradesRefused {
  override readonly code = 'score_not_saved';

  /** @param fromGradebook whether the answer comes from the gradebook: an HTML page does not */
  constructor(
    answer: GradesAnswer,
    readonly fromGradebook: boolean,
  ) {
    super(answer, 'Such an answer of this platform means that nothing was saved.');
  }
}

/** A proxy or firewall answered instead of the gradebook: this is not a verdict on the score. */
export class ScoreIntercepted extends LtiError {
  readonly code = 'score_intercepted';
  readonly status = 502;

  constructor(readonly answer: GradesAnswer) {
    super(
      `Something in front of the platform's gradebook answered ${answer.what} with ${said(answer)}. The score waits. Ask ` +
        "the platform's administrator to let the tool through its proxy or firewall.",
    );
  }

  override details(): Record<string, unknown> {
    return { platformStatus: this.answer.platformStatus };
  }
}

/** The platform failed over the request. It may work again at `retryAt`. */
export class GradesUnavailable extends LtiError {
  readonly code = 'grades_unavailable';
  readonly status = 503;

  constructor(
    readonly answer: GradesAnswer,
    override readonly retryAt: Date,
  ) {
    super(
      `The platform failed over ${answer.what}: ${said(answer)}. Try again later; its own log has the reason.`,
    );
  }

  override details(): Record<string, unknown> {
    return { platformStatus: this.answer.platformStatus };
  }
}

/** The status says success, but the answer cannot be read. Its text is not shown: it may contain personal data. */
export class GradesUnreadable extends LtiError {
  readonly code = 'grades_unreadable';
  readonly status = 502;
  override readonly specRef = 'AGS 2.0';

  /** @param found such as `an HTML page`, or the field at fault */
  constructor(what: string, found: string) {
    super(
      `The platform's answer to ${what} could not be read: ${found}. Check the line items URL of the course.`,
    );
  }
}

/** The line item belongs to a link of the course: the platform deletes it with the link. */
export class LineItemCoupled extends LtiError {
  readonly code = 'line_item_coupled';
  readonly status = 409;

  constructor(id: string) {
    const { host, pathname } = new URL(id);
    super(
      `${host}${pathname} belongs to a link in the course: the platform may refuse to delete it, or delete its grades. ` +
        'Delete the link in the course instead, or force it.',
    );
  }
}

/** The list is longer than the caller's `max`. */
export class TooManyGrades extends LtiError {
  readonly code = 'too_many_grades';
  readonly status = 422;

  constructor(what: string, max: number) {
    super(`There are more than ${max} ${what}. Raise max, or filter.`);
  }
}
