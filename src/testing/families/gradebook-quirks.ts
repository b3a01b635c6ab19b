import { type AcceptRule } from '../http/accept-check.js';
import { type LineItemField } from '../gradebook/line-item.schema.js';
import { type LinkStyle, type WindowQuirks } from './paging-quirks.js';
import { type GradebookRefusals } from './refusals.js';
import { type GradingProgress } from '../gradebook/score.schema.js';

/** How the gradebook of one make of LMS differs from the next (AGS 2.0). Only data, as all of a family is. */
export interface GradebookQuirks {
  /** Below the line items URL; `{item}` is the line item. */
  readonly itemPath: string;
  readonly accept: AcceptRule;
  /** Whether the type of a body is looked at. */
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
  /** What is kept of a line item, in the order in which it is written. */
  readonly fields: readonly LineItemField[];
  /** Which extensions are kept. */
  readonly extensions: 'all' | readonly string[];
  /** What a line item that is sent may not have. */
  readonly forbidden?: { readonly POST?: readonly string[]; readonly PUT?: readonly string[] };
  /** What a POST cannot set, and is left out. */
  readonly notSetByPost?: readonly LineItemField[];
  /** Whether only those of the tool are there for it, and others as if they were not. */
  readonly hidesOthers?: boolean;
  /** What has to be there beside label and scoreMaximum. */
  readonly required: readonly LineItemField[];
  readonly put: 'replaces' | 'merges';
  /** What answers POST and PUT: the line item as it was kept, or the very body that was sent with an id at its end. */
  readonly answer: 'kept' | 'sent';
  /** The filters by the names of their query parameters. */
  readonly filters: Readonly<Record<string, LineItemField>>;
  /** Whether the resource link is told twice, as ltiLinkId too. */
  readonly tellsLtiLinkId: boolean;
}

export interface ScoreQuirks {
  readonly success: { readonly status: 200 | 201 | 204; readonly body: 'none' | 'result-url' | 'score' };
  readonly timestamps: {
    readonly precision: 'millisecond' | 'second';
    /** Which timestamps are stale beside the last one. */
    readonly refused: 'earlier-or-equal' | 'earlier' | 'none';
  };
  /** Who can have a score. */
  readonly gradable: 'students' | 'members' | 'anyone';
  /** With any other grading progress the score is taken and the grade erased. */
  readonly countedProgress: readonly GradingProgress[];
  /** Whether Canvas' extension of scores is read, and a score is a new attempt unless it says that it is none. */
  readonly countsAttempts: boolean;
  /** `added`: each comment of each request comes after the others; `replaced`: also by none, which erases it. */
  readonly comments: 'added' | 'replaced';
}

export interface ResultQuirks {
  readonly paging: WindowQuirks;
  /** Below the line item. */
  readonly collectionPath: '/results' | '/results/';
  /** Whether the query parameter `user_id` is looked at; `without-comments`: the answer leaves the comment out then. */
  readonly filtersByUser: boolean | 'without-comments';
  /** Whether a result without a comment has an empty one. */
  readonly emptyComments?: boolean;
  /** What is at `/results/{user}`: the result, a list of it alone, or nothing. */
  readonly atUserPath: 'object' | 'array' | 'nothing';
  /** `graded`: who has a score; `posted`: also whose score was cleared; `members`: everybody in the course. */
  readonly lists: 'graded' | 'posted' | 'members';
  readonly zeroScores: 'listed' | 'omitted';
  /** `scaled`: to the line item's maximum. */
  readonly score: 'scaled' | 'as-posted';
  /** `query`: the id is the results URL with `user_id`, and the result has a timestamp, as Moodle has it. */
  readonly layout: 'path' | 'query';
  /** What names a result in its path: the user's id, or a number of its own. */
  readonly ids: 'user' | 'own';
  /** Whether a result has Canvas' extension of the last score that was taken. */
  readonly submission?: 'as-posted';
}
