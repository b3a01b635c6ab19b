import { type GradebookQuirks } from './gradebook-quirks.js';
import { genericGradebook } from './generic.gradebook.js';

/** Brightspace, from its docs as far as they go: who is not enrolled is 403. The rest is taken to be as AGS has it. */
export const brightspaceGradebook: GradebookQuirks = {
  ...genericGradebook,
  accept: 'any',
  lineItems: {
    ...genericGradebook.lineItems,
    paging: { style: 'from', defaultLimit: 100, largestLimit: 1000, badLimit: 'ignored' },
  },
  scores: {
    ...genericGradebook.scores,
    success: { status: 200, body: 'none' },
  },
  results: {
    ...genericGradebook.results,
    paging: { style: 'from', defaultLimit: 100, largestLimit: 1000, badLimit: 'ignored' },
  },
  refusals: {
    ...genericGradebook.refusals,
    unknown_user: { status: 403, body: 'oauth', message: 'User {user} is not enrolled.' },
  },
};
