import { type GradebookQuirks } from './gradebook-quirks.js';
import { type WindowQuirks } from './paging-quirks.js';
import { gradebookRefusals } from './gradebook-refusals.js';
import { inTheWordsOf } from './service-refusals.js';

// Ten are the default of all of its lists.
const paging: WindowQuirks = { style: 'page', defaultLimit: 10, largestLimit: 50, badLimit: 'ignored' };
const unauthorized = { status: 401, body: 'canvas' } as const;
const unprocessable = { status: 422, body: 'canvas', error: 'unprocessable_entity' } as const;
const badRequest = { status: 400, body: 'canvas', error: 'bad_request' } as const;
const notFound = { status: 404, body: 'canvas', error: 'not_found' } as const;
const notAStudent = {
  ...unprocessable,
  message: 'User not found in course or is not a student',
} as const;

/** Canvas, from its source. A timestamp equal to the last one is not stale there. */
export const canvasGradebook: GradebookQuirks = {
  itemPath: '/{item}',
  accept: 'any',
  contentType: 'exact',
  lineItems: {
    paging,
    createdStatus: 201,
    deletedStatus: 204,
    fields: ['scoreMaximum', 'label', 'tag', 'resourceId', 'resourceLinkId', 'startDateTime', 'endDateTime'],
    extensions: ['https://canvas.instructure.com/lti/submission_type'],
    required: [],
    put: 'merges',
    answer: 'kept',
    filters: { resource_link_id: 'resourceLinkId', resource_id: 'resourceId', tag: 'tag' },
    tellsLtiLinkId: false,
  },
  scores: {
    success: { status: 200, body: 'result-url' },
    timestamps: { precision: 'millisecond', refused: 'earlier' },
    gradable: 'students',
    countedProgress: ['FullyGraded', 'PendingManual'],
    countsAttempts: true,
    comments: 'added',
  },
  results: {
    paging,
    collectionPath: '/results',
    filtersByUser: true,
    atUserPath: 'object',
    lists: 'posted',
    zeroScores: 'listed',
    score: 'scaled',
    layout: 'path',
    ids: 'own',
    submission: 'as-posted',
  },
  links: 'next',
  linkStyle: { rel: 'quoted', ampersand: 'plain' },
  emptyPage: 'array',
  jsonEscapes: 'none',
  refusals: {
    ...inTheWordsOf('canvas', gradebookRefusals),
    // 401 also stands for too small a scope and for a tool that is not in the course.
    insufficient_scope: { ...unauthorized, message: 'Insufficient permissions' },
    tool_withdrawn: {
      ...unauthorized,
      message: 'Access Token not linked to a Tool associated with this Context',
    },
    key_off: { ...unauthorized, message: 'Unknown or inactive Developer Key' },
    unknown_course: { ...notFound, message: 'Context not found' },
    concluded_course: { ...notFound, message: 'Context not found' },
    // Its students' enrolments have ended with it.
    course_past_its_end: notAStudent,
    unknown_line_item: { ...notFound, message: 'The specified resource does not exist.' },
    unknown_result: { ...notFound, message: 'The specified resource does not exist.' },
    unknown_resource_link: { ...notFound, message: 'The specified resource does not exist.' },
    foreign_line_item: {
      status: 412,
      body: 'canvas',
      error: 'precondition_failed',
      message: 'Tool does not have permission to view line_item',
    },
    coupled_line_item: { status: 401, body: 'none', message: '' },
    bad_score: { ...badRequest, message: 'param is missing or the value is empty: {field}' },
    missing_score_maximum: {
      ...unprocessable,
      message: 'ScoreMaximum not supplied when ScoreGiven present.',
    },
    future_submission: {
      ...badRequest,
      message: 'Provided submitted_at timestamp of {submittedAt} in the future',
    },
    no_content_items: {
      ...unprocessable,
      message: "Content items must be provided with submission type 'online_upload'",
    },
    no_attempts_left: {
      ...unprocessable,
      message: 'The maximum number of allowed attempts has been reached for this submission',
    },
    unpublished_assignment: { ...unprocessable, message: 'The assignment is not published' },
    unknown_user: notAStudent,
    not_a_student: notAStudent,
    stale_timestamp: {
      ...badRequest,
      message: 'Provided timestamp of {timestamp} before last updated timestamp of {last}',
    },
  },
};
