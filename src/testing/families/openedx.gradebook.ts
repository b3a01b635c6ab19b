import { type GradebookQuirks } from './gradebook-quirks.js';
import { type WindowQuirks } from './paging-quirks.js';
import { gradebookRefusals } from './gradebook-refusals.js';

const paging: WindowQuirks = { style: 'none', badLimit: 'ignored' };

/**
 * Open edX, from its source: results are at `/results/` (with the slash) and `/results/{user}`, as posted and not scaled,
 * and no query parameter filters them; it does not ask whether it knows the user of a score.
 */
export const openedxGradebook: GradebookQuirks = {
  itemPath: '/{item}',
  accept: 'any',
  contentType: 'exact',
  lineItems: {
    paging,
    createdStatus: 201,
    deletedStatus: 204,
    fields: ['resourceId', 'scoreMaximum', 'label', 'tag', 'resourceLinkId', 'startDateTime', 'endDateTime'],
    extensions: [],
    required: ['resourceId'],
    put: 'replaces',
    answer: 'kept',
    filters: { resource_link_id: 'resourceLinkId', resource_id: 'resourceId', tag: 'tag' },
    tellsLtiLinkId: false,
  },
  scores: {
    success: { status: 201, body: 'score' },
    timestamps: { precision: 'millisecond', refused: 'earlier-or-equal' },
    gradable: 'anyone',
    countedProgress: ['FullyGraded', 'Pending', 'PendingManual', 'Failed', 'NotReady'],
    countsAttempts: false,
    comments: 'replaced',
  },
  results: {
    paging,
    collectionPath: '/results/',
    filtersByUser: false,
    atUserPath: 'array',
    lists: 'graded',
    zeroScores: 'listed',
    score: 'as-posted',
    layout: 'path',
    ids: 'user',
  },
  links: 'next',
  linkStyle: { rel: 'quoted', ampersand: 'plain' },
  emptyPage: 'array',
  jsonEscapes: 'none',
  refusals: {
    ...gradebookRefusals,
    stale_timestamp: {
      status: 400,
      body: 'error',
      message: 'Score timestamp can only be updated to a later point in time',
    },
  },
};
