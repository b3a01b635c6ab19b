import { guides } from '../../registrations/guide/guides.js';
import { type RegistrationGuide } from '../../registrations/guide/registration-guide.schema.js';
import { type Html, html } from '../pages/html.js';
import { type LaunchPage, launchPage } from '../pages/launch-page.js';

/** The platforms that have a guide. */
export function guideListPage(toolName: string, guideUrl: string): LaunchPage {
  return launchPage({
    title: `Register ${toolName}`,
    main: html`<h1>Register ${toolName} by hand</h1>
      <p>Which platform do you have?</p>
      <ul>
        ${Object.entries(guides).map(
          ([platform, { title }]) => html`<li><a href="${guideUrl}?platform=${platform}">${title}</a></li>`,
        )}
      </ul>`,
  });
}

/** The guide to one platform. */
export function guidePage(guide: RegistrationGuide, toolName: string, guideUrl: string): LaunchPage {
  const { title, dynamicRegistration, steps, toolValues, platformValues, configuration } = guide;
  return launchPage({
    title: `Register ${toolName} in ${title}`,
    main: html`<h1>Register ${toolName} in ${title}</h1>
      ${
        dynamicRegistration
          ? html`<p>
              With a registration URL of the operator of the tool one click does all of this, if the platform
              has dynamic registration.
            </p>`
          : undefined
      }
      <ol>
        ${steps.map((step) => html`<li>${step}</li>`)}
      </ol>
      <h2>Values to enter in ${title}</h2>
      <dl>${toolValues.map(({ label, value }) => row(label, value))}</dl>
      ${
        configuration === null
          ? undefined
          : html`<h2>Configuration as JSON</h2>
              <pre>${JSON.stringify(configuration, null, 2)}</pre>`
      }
      <h2>Values for the operator of the tool</h2>
      <dl>
        ${platformValues.map(({ field, value, where }) =>
          row(field, [value, where].filter((part) => part !== null).join(' · ')),
        )}
      </dl>
      <p><a href="${guideUrl}">Other platforms</a></p>`,
  });
}

function row(name: string, value: string): Html {
  return html`<dt>${name}</dt>
    <dd>${value}</dd> `;
}
