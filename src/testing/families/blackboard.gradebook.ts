import { type GradebookQuirks } from './gradebook-quirks.js';
import { type WindowQuirks } from './paging-quirks.js';
import { genericGradebook } from './generic.gradebook.js';
import { gradebookRefusals } from './gradebook-refusals.js';

const paging: WindowQuirks = { style: 'from', defaultLimit: 100, largestLimit: 1000, badLimit: 'ignored' };

/**
 * Blackboard Learn, from its docs and from what tools have reported: a tool sees its own columns alone, an id in a PUT is
 * refused, a column made by a POST has no resource link, and the results of one user come without the comment. The rest is
 * taken to be as AGS has it.
 */
export const blackboardGradebook: GradebookQuirks = {
  ...genericGradebook,
  itemPath: '/_{item}_1',
  accept: 'any',
  contentType: 'any',
  lineItems: {
    ...genericGradebook.lineItems,
    paging,
    fields: ['scoreMaximum', 'label', 'resourceLinkId', 'tag', 'resourceId', 'endDateTime', 'gradesReleased'],
    extensions: [],
    forbidden: { PUT: ['id'] },
    notSetByPost: ['resourceLinkId'],
    hidesOthers: true,
    put: 'merges',
  },
  scores: {
    ...genericGradebook.scores,
    success: { status: 200, body: 'none' },
    // A score without a comment also erases one that a teacher wrote.
    comments: 'replaced',
  },
  results: {
    ...genericGradebook.results,
    paging,
    filtersByUser: 'without-comments',
    emptyComments: true,
    lists: 'graded',
    ids: 'own',
  },
  refusals: {
    ...gradebookRefusals,
    unknown_user: { status: 400, body: 'text', message: 'User could not be found: {user}' },
  },
};
