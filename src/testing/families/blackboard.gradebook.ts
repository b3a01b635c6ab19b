import { type GradebookQuirks } from '../gradebook-quirks.js';
import { type WindowQuirks } from '../paging-quirks.js';
import { gradebookRefusals } from './gradebook-refusals.js';

const paging: WindowQuirks = { style: 'from', defaultLimit: 100, largestLimit: 1000, badLimit: 'ignored' };

/**
 * Blackboard Learn, from its docs and from what tools have reported: a tool sees its own columns alone, an id in a PUT is
 * refused, a column made by a POST has no resource link, and the results of one user come without the comment.
 */
export const blackboardGradebook: GradebookQuirks = {
  itemPath: '/_{item}_1',
  accept: 'any',
  contentType: 'any',
  lineItems: {
    paging,
    createdStatus: 201,
    deletedStatus: 204,
    fields: ['scoreMaximum', 'label', 'resourceLinkId', 'tag', 'resourceId', 'endDateTime', 'gradesReleased'],
    extensions: [],
    forbidden: { PUT: ['id'] },
    notSetByPost: ['resourceLinkId'],
    hidesOthers: true,
    required: [],
    put: 'merges',
    answer: 'kept',
    filters: { resource_link_id: 'resourceLinkId', resource_id: 'resourceId', tag: 'tag' },
    tellsLtiLinkId: false,
  },
  scores: {
    success: { status: 200, body: 'none' },
    timestamps: { precision: 'millisecond', refused: 'earlier-or-equal' },
    gradable: 'members',
    countedProgress: ['FullyGraded', 'Pending', 'PendingManual'],
    countsAttempts: false,
    // A score without a comment also erases one that a teacher wrote.
    comments: 'replaced',
  },
  results: {
    paging,
    collectionPath: '/results',
    filtersByUser: 'without-comments',
    emptyComments: true,
    atUserPath: 'object',
    lists: 'graded',
    zeroScores: 'listed',
    score: 'scaled',
    layout: 'path',
    ids: 'own',
  },
  links: 'next',
  linkStyle: { rel: 'quoted', ampersand: 'plain' },
  emptyPage: 'array',
  jsonEscapes: 'none',
  refusals: {
    ...gradebookRefusals,
    unknown_user: { status: 400, body: 'text', message: 'User could not be found: {user}' },
  },
};
