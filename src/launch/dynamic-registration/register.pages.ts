import { STATUS_CODES } from 'node:http';
import { type ProblemDetails } from '../../common/lti-error.js';
import { Scope } from '../../common/scopes.js';
import {
  type RegistrationPreview,
  type RegistrationStart,
} from '../../registrations/dynamic/dynamic-registration.service.js';
import { type CompletedRegistration } from '../../registrations/dynamic/registration-attempt.service.js';
import { TOOL_CONFIGURATION } from '../../registrations/dynamic/registration-request.js';
import { type PlatformFamily } from '../../registrations/platform-family.js';
import { hiddenFields, type Html, html } from '../pages/html.js';
import { type LaunchPage, launchPage } from '../pages/launch-page.js';

/** Shows an administrator what the platform will share with the tool, before anything is sent. */
export function confirmPage(
  { platform, request }: RegistrationPreview,
  start: RegistrationStart,
  registerUrl: string,
): LaunchPage {
  const tool = request[TOOL_CONFIGURATION];
  const fields: Record<string, string> = { openid_configuration: start.configurationUrl };
  if (start.registrationToken !== undefined) fields.registration_token = start.registrationToken;
  if (start.invitation !== undefined) fields.invitation = start.invitation;
  const product = [platform.product.code, platform.product.version].filter((part) => part !== undefined);
  return launchPage({
    title: `Register ${request.client_name}`,
    main: html`<h1>Register ${request.client_name}</h1>
      <p>The platform ${platform.issuer} will know this tool, and will share this with it:</p>
      <dl>
        ${[
          row('Platform', [product.join(' ') || 'unknown product']),
          row(
            'Launches',
            tool.messages.map(({ type }) => type),
          ),
          row('Claims about users', tool.claims),
          row(
            'Services',
            request.scope
              .split(' ')
              .filter((scope) => scope !== '')
              .map((scope) => SERVICES[scope] ?? scope),
          ),
          row(
            'Custom parameters',
            Object.entries(tool.custom_parameters).map(([name, value]) => `${name}=${value}`),
          ),
          row('Address of the tool', [tool.target_link_uri]),
        ]}
      </dl>
      <form method="post" action="${registerUrl}">
        ${hiddenFields(fields)}
        <button type="submit">Register</button>
      </form>`,
    script: { source: onceScript, data: {} },
  });
}

/** The end of a registration. It closes the frame or the tab of the platform, if that takes the message. */
export function registeredPage({ registration, isUpdate, platform }: CompletedRegistration): LaunchPage {
  const { deploymentAwaitedUntil } = registration;
  return launchPage({
    title: 'The tool is registered',
    main: html`<h1>The tool is ${isUpdate ? 'updated' : 'registered'}</h1>
      <p>
        ${NEXT_STEP[platform.platformFamily] ?? 'Look in the platform whether the tool has to be activated.'}
      </p>
      ${
        deploymentAwaitedUntil === null
          ? undefined
          : html`<p>
              The platform did not name a deployment. The first launch until
              ${deploymentAwaitedUntil.toISOString().slice(0, 10)} names it; after that day the operator of
              the tool has to enter it.
            </p>`
      }
      <dl>
        ${[
          row('Platform', [registration.issuer]),
          row('Client id', [registration.clientId]),
          row(
            'Deployments',
            registration.deployments.map(({ deploymentId }) => deploymentId),
          ),
        ]}
      </dl>
      <p>You can close this window.</p>`,
    script: { source: closeScript, data: {} },
  });
}

/** A registration that failed. The text of the error says what to do. */
export function registrationErrorPage({ status, code, detail }: ProblemDetails): LaunchPage {
  return launchPage({
    title: 'The tool could not be registered',
    status,
    main: html`<h1>The tool could not be registered</h1>
      <p>${detail}</p>
      <p><a href="registration-guide">How to register the tool by hand</a></p>
      <p>
        <small>For support: <code>${code}</code>, ${status} ${STATUS_CODES[status]}</small>
      </p>`,
  });
}

/** What the tool may do with a scope. */
const SERVICES: Readonly<Record<string, string>> = {
  [Scope.lineItem]: 'create and change line items',
  [Scope.lineItemReadonly]: 'read line items',
  [Scope.resultReadonly]: 'read results',
  [Scope.score]: 'post scores',
  [Scope.membershipReadonly]: 'read the members of courses',
  [Scope.noticeHandlers]: 'get notices',
};

/** What an administrator does next: most platforms keep a new tool off. */
const NEXT_STEP: Readonly<Partial<Record<PlatformFamily, string>>> = {
  canvas:
    'Canvas keeps the tool off until you confirm it: close this window, review its settings, and turn it on.',
  moodle: 'Moodle keeps the tool pending: activate it in the list of external tools.',
  brightspace:
    'Brightspace keeps the tool off: enable it under Manage Extensibility, LTI Advantage, and add a deployment and a link.',
  sakai: 'Look in the list of external tools of Sakai whether the tool is there, and install it in a site.',
};

// A second click would use the invitation twice, and show its refusal instead of the end of the registration.
const onceScript = `
'use strict';
document.querySelector('form').addEventListener('submit', function (event) {
  event.target.querySelector('button').disabled = true;
});
`;

// IMS Dynamic Registration 1.0, 3.7. To any origin: the message has no data.
const closeScript = `
'use strict';
(function () {
  var platform = window.opener || window.parent;
  if (platform !== window) platform.postMessage({ subject: 'org.imsglobal.lti.close' }, '*');
})();
`;

function row(name: string, values: readonly string[]): Html {
  return html`<dt>${name}</dt>
    <dd>${values.length === 0 ? 'none' : values.join(', ')}</dd> `;
}
