import { type GradebookQuirks } from './gradebook-quirks.js';
import { type WindowQuirks } from './paging-quirks.js';
import { coupledLineItemKept, gradebookRefusals } from './gradebook-refusals.js';

const paging: WindowQuirks = {
  style: 'cursor',
  defaultLimit: 100,
  largestLimit: 1000,
  badLimit: 'refused',
};

/** AGS 2.0 to the letter, options included. */
export const genericGradebook: GradebookQuirks = {
  itemPath: '/{item}',
  accept: 'named',
  contentType: 'exact',
  lineItems: {
    paging,
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
    // Without these a score is no grade (3.4.7).
    countedProgress: ['FullyGraded', 'Pending', 'PendingManual'],
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
  refusals: { ...gradebookRefusals, ...coupledLineItemKept },
};
