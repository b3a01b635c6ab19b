import { type GradebookQuirks } from '../gradebook-quirks.js';
import { type WindowQuirks } from '../paging-quirks.js';
import { gradebookRefusals } from './gradebook-refusals.js';
import { inTheWordsOf } from './service-refusals.js';

const paging: WindowQuirks = {
  style: 'page-from-0',
  defaultLimit: 100,
  largestLimit: 100,
  badLimit: 'ignored',
};

/**
 * Schoology, from what tools have reported: a tool sees its own columns alone, an id in a POST is refused, dates are
 * forgotten. A score is a grade whatever its grading progress.
 */
export const schoologyGradebook: GradebookQuirks = {
  itemPath: '/{item}',
  accept: 'named',
  contentType: 'exact',
  lineItems: {
    paging,
    createdStatus: 201,
    deletedStatus: 204,
    fields: ['label', 'scoreMaximum', 'resourceId', 'tag', 'resourceLinkId'],
    extensions: [],
    forbidden: { POST: ['id'] },
    hidesOthers: true,
    required: [],
    put: 'replaces',
    answer: 'kept',
    filters: { resource_link_id: 'resourceLinkId', resource_id: 'resourceId', tag: 'tag' },
    tellsLtiLinkId: false,
  },
  scores: {
    success: { status: 201, body: 'none' },
    timestamps: { precision: 'millisecond', refused: 'earlier-or-equal' },
    gradable: 'members',
    countedProgress: ['FullyGraded', 'Pending', 'PendingManual', 'Failed', 'NotReady'],
    countsAttempts: false,
    comments: 'replaced',
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
    ids: 'user',
  },
  links: 'next',
  linkStyle: { rel: 'quoted', ampersand: 'plain' },
  emptyPage: 'array',
  jsonEscapes: 'none',
  refusals: {
    ...inTheWordsOf('error', gradebookRefusals),
    bad_line_item: { status: 400, body: 'error', message: 'Invalid parameter {detail}' },
  },
};
