import { STATUS_CODES } from 'node:http';
import { type ProblemDetails } from '../../common/lti-error.js';
import { html } from '../../launch/pages/html.js';
import { type LaunchPage, launchPage } from '../../launch/pages/launch-page.js';
import { type ConsentDone, type ConsentFrame, consentScript } from './consent-script.js';

const closing = html`<p><button id="close" type="button">Close this window</button></p>`;

/** The page after a successful consent: the window notifies its opener and closes itself. */
export function authorizedPage(origins: readonly string[]): LaunchPage {
  const data: ConsentDone = {
    step: 'done',
    origins,
    message: { subject: 'nest-lti.user-grant', status: 'authorized' },
  };
  return launchPage({
    title: 'The tool is authorized',
    main: html`<h1>The tool is authorized</h1>
      <p>You can close this window and continue in your course.</p>
      ${closing}`,
    script: { source: consentScript, data },
  });
}

/** The page after a failed consent: what happened, for the user and for support. */
export function consentErrorPage(problem: ProblemDetails, origins: readonly string[]): LaunchPage {
  const { status, code, detail, authorizeUrl } = problem;
  const data: ConsentDone = {
    step: 'done',
    origins,
    message: { subject: 'nest-lti.user-grant', status: 'failed', code },
  };
  return launchPage({
    title: 'The tool was not authorized',
    status,
    main: html`<h1>The tool was not authorized</h1>
      <p>${detail}</p>
      ${typeof authorizeUrl === 'string' ? html`<p><a href="${authorizeUrl}">Try again</a></p>` : ''}
      ${closing}
      <p>
        <small>For support: <code>${code}</code>, ${status} ${STATUS_CODES[status]}</small>
      </p>`,
    script: { source: consentScript, data },
  });
}

/** The page in a frame. It opens a window, because platforms do not show their consent page in a frame. */
export function openWindowPage(authorizeUrl: string, origin: string): LaunchPage {
  const data: ConsentFrame = { step: 'frame', origin };
  return launchPage({
    title: 'Authorize the tool',
    main: html`<section id="ask">
        <h1>The tool needs your permission</h1>
        <p>Your platform asks for it in a separate window.</p>
        <p><a href="${authorizeUrl}" target="_blank" rel="opener">Continue in a new window</a></p>
      </section>
      <section id="done" hidden>
        <h1>The tool is authorized</h1>
        <p>Go back to your course and open the activity again.</p>
      </section>`,
    script: { source: consentScript, data },
  });
}
