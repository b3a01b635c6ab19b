import { type GradebookQuirks } from './gradebook-quirks.js';
import { type WindowQuirks } from './paging-quirks.js';
import { gradebookRefusals } from './gradebook-refusals.js';
import { inTheWordsOf } from './service-refusals.js';

const paging: WindowQuirks = { style: 'none', badLimit: 'ignored' };
const badToken = (message: string) => ({ status: 403, body: 'error', message }) as const;
const badRequest = (message: string) => ({ status: 400, body: 'error', message }) as const;

/**
 * Sakai, from its source: it knows no paging and does not look at timestamps; what is created is 200, what is deleted too;
 * its results are of every member, and a user's are found by path alone, where one who is not there is an empty body.
 */
export const sakaiGradebook: GradebookQuirks = {
  itemPath: '/{item}',
  accept: 'any',
  contentType: 'any',
  lineItems: {
    paging,
    createdStatus: 200,
    deletedStatus: 200,
    fields: ['scoreMaximum', 'label', 'resourceId', 'tag', 'resourceLinkId', 'startDateTime', 'endDateTime'],
    extensions: [],
    required: [],
    put: 'replaces',
    answer: 'kept',
    filters: { lti_link_id: 'resourceLinkId', resource_id: 'resourceId', tag: 'tag' },
    tellsLtiLinkId: false,
  },
  scores: {
    success: { status: 200, body: 'none' },
    timestamps: { precision: 'millisecond', refused: 'none' },
    gradable: 'members',
    countedProgress: ['FullyGraded', 'Pending', 'PendingManual', 'Failed', 'NotReady'],
    countsAttempts: false,
    comments: 'replaced',
  },
  results: {
    paging,
    collectionPath: '/results',
    filtersByUser: false,
    atUserPath: 'object',
    lists: 'members',
    zeroScores: 'listed',
    score: 'scaled',
    layout: 'path',
    ids: 'user',
  },
  links: 'next',
  linkStyle: { rel: 'quoted', ampersand: 'plain' },
  emptyPage: 'empty-body',
  jsonEscapes: 'none',
  refusals: {
    ...inTheWordsOf('error', gradebookRefusals),
    wrong_method: badRequest('Unrecognized request'),
    missing_bearer: badToken('invalid_authorization'),
    unknown_token: badToken('signature_error'),
    expired_token: badToken('signature_error'),
    tool_withdrawn: badToken('signature_error'),
    insufficient_scope: badRequest('Scope not in access token'),
    unknown_course: badRequest('Could not load site associated with content'),
    unknown_line_item: { status: 404, body: 'error', message: 'Could not load column' },
    coupled_line_item: badRequest('Could not delete line item {item}'),
    unknown_user: badRequest('User does not belong to site'),
  },
};
