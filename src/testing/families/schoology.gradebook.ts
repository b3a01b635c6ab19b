import { type GradebookQuirks } from './gradebook-quirks.js';
import { type WindowQuirks } from './paging-quirks.js';
import { genericGradebook } from './generic.gradebook.js';
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
 * forgotten. A score is a grade whatever its grading progress. The rest is taken to be as AGS has it.
 */
export const schoologyGradebook: GradebookQuirks = {
  ...genericGradebook,
  lineItems: {
    ...genericGradebook.lineItems,
    paging,
    fields: ['label', 'scoreMaximum', 'resourceId', 'tag', 'resourceLinkId'],
    extensions: [],
    forbidden: { POST: ['id'] },
    hidesOthers: true,
  },
  scores: {
    ...genericGradebook.scores,
    success: { status: 201, body: 'none' },
    countedProgress: ['FullyGraded', 'Pending', 'PendingManual', 'Failed', 'NotReady'],
  },
  results: { ...genericGradebook.results, paging },
  refusals: {
    ...inTheWordsOf('error', gradebookRefusals),
    bad_line_item: { status: 400, body: 'error', message: 'Invalid parameter {detail}' },
  },
};
