import { type AcceptRule } from '../http/accept-check.js';
import { type LineItemField } from '../gradebook/line-item.schema.js';
import { type LinkStyle, type WindowQuirks } from './paging-quirks.js';
import { type GradebookRefusals } from './refusals.js';
import { type GradingProgress } from '../gradebook/score.schema.js';

/** How the gradebook of one product differs from another (AGS 2.0). Only data. */
export interface GradebookQuirks {
  /** Below the line items URL; `{item}` is the line item. */
  readonly itemPath: string;
  readonly accept: AcceptRule;
  /** Whether the media type of a body is checked. */
  readonly contentType: 'exact' | 'any';
  readonly lineItems: LineItemQuirks;
  readonly scores: ScoreQuirks;
  readonly results: ResultQuirks;
  /** `every`: also first, prev, canonical and last. */
  readonly links: 'next' | 'every';
  readonly linkStyle: LinkStyle;
  readonly emptyPage: 'array' | 'empty-body';
  /** `php`: slashes and everything outside ASCII escaped. */
  readonly jsonEscapes: 'none' | 'php';
  readonly refusals: GradebookRefusals;
}

export interface LineItemQuirks {
  readonly paging: WindowQuirks;
  readonly createdStatus: 200 | 201;
  readonly deletedStatus: 200 | 204;
  /** The stored fields of a line item, in the order of the answer. */
  readonly fields: readonly LineItemField[];
  /** The stored extensions. */
  readonly extensions: 'all' | readonly string[];
  /** The fields that a sent line item must not have. */
  readonly forbidden?: { readonly POST?: readonly string[]; readonly PUT?: readonly string[] };
  /** The fields that a POST cannot set; they are ignored. */
  readonly notSetByPost?: readonly LineItemField[];
  /** Whether a tool sees only its own line items. */
  readonly hidesOthers?: boolean;
  /** The required fields besides label and scoreMaximum. */
  readonly required: readonly LineItemField[];
  readonly put: 'replaces' | 'merges';
  /** The answer to POST and PUT: the stored line item, or the body that was sent with an id at its end. */
  readonly answer: 'kept' | 'sent';
  /** The filters by the names of their query parameters. */
  readonly filters: Readonly<Record<string, LineItemField>>;
  /** Whether the resource link is also written as ltiLinkId. */
  readonly tellsLtiLinkId: boolean;
}

export interface ScoreQuirks {
  readonly success: { readonly status: 200 | 201 | 204; readonly body: 'none' | 'result-url' | 'score' };
  readonly timestamps: {
    readonly precision: 'millisecond' | 'second';
    /** The timestamps that are stale, compared with the last one. */
    readonly refused: 'earlier-or-equal' | 'earlier' | 'none';
  };
  /** The users who can have a score. */
  readonly gradable: 'students' | 'members' | 'anyone';
  /** With any other grading progress the score is accepted and the grade deleted. */
  readonly countedProgress: readonly GradingProgress[];
  /** Whether Canvas' extension of scores is read, and a score is a new attempt unless it says otherwise. */
  readonly countsAttempts: boolean;
  /** `added`: each comment is appended; `replaced`: a score without a comment deletes the comment. */
  readonly comments: 'added' | 'replaced';
}

export interface ResultQuirks {
  readonly paging: WindowQuirks;
  /** Below the line item. */
  readonly collectionPath: '/results' | '/results/';
  /** Whether the query parameter `user_id` filters; `without-comments`: the answer then omits the comment. */
  readonly filtersByUser: boolean | 'without-comments';
  /** Whether a result without a comment has an empty one. */
  readonly emptyComments?: boolean;
  /** The answer at `/results/{user}`: the result, a list with only that result, or nothing. */
  readonly atUserPath: 'object' | 'array' | 'nothing';
  /** `graded`: users with a score; `posted`: also those whose score was deleted; `members`: every member. */
  readonly lists: 'graded' | 'posted' | 'members';
  readonly zeroScores: 'listed' | 'omitted';
  /** `scaled`: to the line item's maximum. */
  readonly score: 'scaled' | 'as-posted';
  /** `query`: the id is the results URL with `user_id`, and the result has a timestamp, as Moodle has it. */
  readonly layout: 'path' | 'query';
  /** The id of a result in its path: the user's id, or its own number. */
  readonly ids: 'user' | 'own';
  /** Whether a result has Canvas' extension of the last accepted score. */
  readonly submission?: 'as-posted';
}
