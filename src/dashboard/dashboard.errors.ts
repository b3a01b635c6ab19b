import { NotFound, Unavailable } from '../common/reactions.errors.js';

export const dashboardErrors = {
  notBuilt: (cause: unknown) =>
    new Unavailable({
      code: 'dashboard_not_built',
      message: 'The files of the dashboard are missing: run npm run build.',
      cause,
    }),
  fileNotFound: () =>
    new NotFound({
      code: 'not_found',
      message: 'The dashboard does not have this file. After an update, load the page again.',
    }),
};
