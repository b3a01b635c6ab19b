import { STATUS_CODES } from 'node:http';
import { type ProblemDetails } from '../../common/lti-error.js';
import { type Html, html } from './html.js';
import { type LaunchPage, launchPage } from './launch-page.js';

/** An error page for students, with the details that a teacher or administrator needs. */
export function errorPage(problem: ProblemDetails): LaunchPage {
  const { status, code, detail, specRef } = problem;
  return launchPage({
    title: 'The activity could not be opened',
    status,
    main: html`<h1>The activity could not be opened</h1>
      <p>${whatToDo(problem)}</p>
      <h2>What happened</h2>
      <p>${detail}</p>
      <p>
        <small>For support: <code>${code}</code>, ${status} ${STATUS_CODES[status]}${ruleOf(specRef)}</small>
      </p>`,
  });
}

/** What a student can do. The text of the error says what an administrator can do. */
function whatToDo({ status }: ProblemDetails): string {
  return status >= 500 || status === 429
    ? 'Wait a moment, go back to your course and open the activity again.'
    : 'Go back to your course and open the activity again. If that does not help, show this page to your teacher.';
}

function ruleOf(specRef: unknown): Html | undefined {
  return typeof specRef === 'string' ? html`, rule ${specRef}` : undefined;
}
