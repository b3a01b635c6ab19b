import { type GradebookRefusals } from './refusals.js';
import { bearerRefusals } from './membership-defaults.js';
import { type GradebookQuirks } from './gradebook-quirks.js';
import { type WindowQuirks } from './paging-quirks.js';

const badRequest = { status: 400, body: 'oauth' } as const;
const {
  missing_bearer,
  unknown_token,
  expired_token,
  key_off,
  tool_withdrawn,
  insufficient_scope,
  unknown_course,
} = bearerRefusals;

/** The refusals of AGS 2.0, RFC 6750 and HTTP, which families change where their product differs. */
export const gradebookRefusals: GradebookRefusals = {
  missing_bearer,
  unknown_token,
  expired_token,
  key_off,
  tool_withdrawn,
  insufficient_scope,
  unknown_course,
  wrong_method: { status: 405, body: 'oauth', message: 'The service does not support this method.' },
  not_acceptable: { status: 406, body: 'oauth', message: 'Accept must name the media type of the service.' },
  wrong_content_type: {
    status: 415,
    body: 'oauth',
    message: 'Content-Type must be the media type of the service, not {contentType}.',
  },
  unknown_line_item: { status: 404, body: 'oauth', message: 'There is no line item {item} in this course.' },
  unknown_result: { status: 404, body: 'oauth', message: 'User {user} has no result.' },
  unknown_resource_link: {
    status: 404,
    body: 'oauth',
    message: 'This course does not have the resource link.',
  },
  bad_paging: {
    ...badRequest,
    message: 'A paging parameter is wrong, or is sent together with an opaque one.',
  },
  bad_line_item: { ...badRequest, message: 'This is not a line item: {detail}.' },
  locked_line_item: { status: 403, body: 'oauth', message: 'Line item {item} is locked.' },
  bad_score: { ...badRequest, message: 'This is not a score: {field} {detail}.' },
  missing_score_maximum: { ...badRequest, message: 'scoreGiven needs scoreMaximum beside it.' },
  unknown_user: { ...badRequest, message: 'User {user} is not in this course.' },
  not_a_student: { ...badRequest, message: 'User {user} is not a student.' },
  stale_timestamp: {
    status: 409,
    body: 'oauth',
    message: 'There is a score of {last}, and this one of {timestamp} is not later.',
  },
};

/** A line item of a resource link can only be deleted together with that link. */
export const coupledLineItemKept: Pick<GradebookRefusals, 'coupled_line_item'> = {
  coupled_line_item: {
    status: 403,
    body: 'oauth',
    message: 'Line item {item} belongs to a resource link and goes with it.',
  },
};

const agsPaging: WindowQuirks = {
  style: 'cursor',
  defaultLimit: 100,
  largestLimit: 1000,
  badLimit: 'refused',
};

/** AGS 2.0 exactly, with its options. Families say only what differs. */
export const gradebookDefaults: GradebookQuirks = {
  itemPath: '/{item}',
  accept: 'named',
  contentType: 'exact',
  lineItems: {
    paging: agsPaging,
    createdStatus: 201,
    deletedStatus: 204,
    fields: [
      'scoreMaximum',
      'label',
      'resourceId',
      'tag',
      'resourceLinkId',
      'startDateTime',
      'endDateTime',
      'gradesReleased',
    ],
    extensions: 'all',
    required: [],
    put: 'replaces',
    answer: 'kept',
    filters: { resource_link_id: 'resourceLinkId', resource_id: 'resourceId', tag: 'tag' },
    tellsLtiLinkId: false,
  },
  scores: {
    success: { status: 204, body: 'none' },
    timestamps: { precision: 'millisecond', refused: 'earlier-or-equal' },
    gradable: 'members',
    // With any other progress a score is not a grade (3.4.7).
    countedProgress: ['FullyGraded', 'Pending', 'PendingManual'],
    countsAttempts: false,
    comments: 'replaced',
  },
  results: {
    paging: agsPaging,
    collectionPath: '/results',
    filtersByUser: true,
    atUserPath: 'object',
    lists: 'posted',
    zeroScores: 'listed',
    score: 'scaled',
    layout: 'path',
    ids: 'user',
  },
  links: 'next',
  linkStyle: { rel: 'quoted', ampersand: 'plain' },
  emptyPage: 'array',
  jsonEscapes: 'none',
  refusals: gradebookRefusals,
};
