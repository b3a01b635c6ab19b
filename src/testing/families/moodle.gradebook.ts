import { type GradebookQuirks } from './gradebook-quirks.js';
import { type WindowQuirks } from './paging-quirks.js';
import { gradebookRefusals } from './gradebook-refusals.js';
import { inTheWordsOf } from './service-refusals.js';

const paging: WindowQuirks = { style: 'from', badLimit: 'ignored' };
const unauthorized = { status: 401, body: 'moodle', message: 'Unauthorized' } as const;
const noHandler = {
  status: 400,
  body: 'moodle',
  message: 'No handler found for {path} {accept} {contentType}',
} as const;
const incorrectScore = {
  status: 400,
  body: 'moodle-score',
  message: 'Incorrect score received{body}',
} as const;

/** Moodle 4.5.6, as measured. It is stricter here than there: enums and the maximum beside a score are checked. */
export const moodleGradebook: GradebookQuirks = {
  itemPath: '/{item}/lineitem',
  accept: 'exact',
  contentType: 'exact',
  lineItems: {
    paging,
    createdStatus: 201,
    deletedStatus: 204,
    // Dates and extensions are told once, in the answer to the request that had them, and are gone.
    fields: ['label', 'scoreMaximum', 'resourceId', 'tag', 'resourceLinkId'],
    extensions: [],
    required: [],
    put: 'replaces',
    answer: 'sent',
    filters: { resource_link_id: 'resourceLinkId', resource_id: 'resourceId', tag: 'tag' },
    tellsLtiLinkId: true,
  },
  scores: {
    success: { status: 200, body: 'none' },
    timestamps: { precision: 'second', refused: 'earlier-or-equal' },
    gradable: 'students',
    countedProgress: ['FullyGraded'],
    countsAttempts: false,
    comments: 'replaced',
  },
  results: {
    paging,
    collectionPath: '/results',
    filtersByUser: true,
    atUserPath: 'nothing',
    lists: 'graded',
    zeroScores: 'listed',
    score: 'scaled',
    layout: 'query',
    ids: 'user',
  },
  links: 'every',
  linkStyle: { rel: 'curly', ampersand: 'escaped' },
  emptyPage: 'array',
  jsonEscapes: 'php',
  refusals: {
    ...inTheWordsOf('moodle', gradebookRefusals),
    wrong_method: noHandler,
    wrong_content_type: noHandler,
    not_acceptable: {
      status: 400,
      body: 'moodle',
      message: 'No context or unsupported content type',
    },
    // One and the same answer to every fault of a token (measured).
    missing_bearer: unauthorized,
    unknown_token: unauthorized,
    expired_token: unauthorized,
    key_off: unauthorized,
    insufficient_scope: unauthorized,
    tool_withdrawn: unauthorized,
    // Its type_id belongs to another client (measured): the same answer as to a dead token.
    foreign_line_item: unauthorized,
    unknown_line_item: {
      status: 404,
      body: 'moodle',
      message: "Not Found: Grade item {item} doesn't exist",
    },
    unknown_resource_link: { status: 403, body: 'moodle', message: 'Invalid LTI id supplied.' },
    bad_line_item: { status: 400, body: 'moodle', message: 'No label or Score Maximum' },
    coupled_line_item: { status: 403, body: 'moodle', message: 'Forbidden' },
    locked_line_item: { status: 500, body: 'moodle-score', message: 'Internal Server Error' },
    bad_score: incorrectScore,
    missing_score_maximum: incorrectScore,
    // PHP writes a status line with code 0, which nginx does not take.
    unreadable_user_id: { status: 502, body: 'html', message: '502 Bad Gateway' },
    unknown_user: incorrectScore,
    not_a_student: incorrectScore,
    stale_timestamp: {
      status: 409,
      body: 'moodle-score',
      message: 'Refusing score with an earlier timestamp for item {item} and user {user}',
    },
    // The words of a refusal have the body in them, newlines do not go into a status line, and so 200 stays there.
    swallowed_body: { status: 200, body: 'moodle-score', message: 'OK' },
    limit_with_type: { status: 404, body: 'html', message: 'Error' },
  },
};
