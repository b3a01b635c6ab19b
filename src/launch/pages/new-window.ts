import { hiddenFields, type Html, html } from './html.js';

export interface NewWindowOptions {
  /** The login URL of this service. */
  loginUrl: string;
  /** The parameters of the platform's login request; undefined if they are no longer known. */
  loginParameters: Readonly<Record<string, string>> | undefined;
}

/**
 * The part of the page for a frame that cannot keep the browser's secret: the login again in a new window, where the cookie is a first-party
 * cookie. The script shows one of the sections; without scripts the button is shown.
 */
export function newWindow({ loginUrl, loginParameters }: NewWindowOptions): Html {
  return html`<p id="progress" data-with-script>Opening the activity …</p>
    <section id="new-window" data-without-script hidden>
      <h1>This activity needs its own window</h1>
      <p>Your browser does not allow its cookies inside the page of your course.</p>
      ${loginParameters === undefined ? openItYourself : newWindowForm(loginUrl, loginParameters)}
    </section>
    <section id="elsewhere" hidden>
      <h1>The activity continues in the other window</h1>
      <p>
        If no window has opened, allow this site to open windows, go back to your course and open the activity
        again.
      </p>
    </section>
    <section id="no-cookies" hidden>
      <h1>Your browser does not keep cookies of this site</h1>
      <p>Allow cookies of this site, go back to your course and open the activity again.</p>
    </section>`;
}

const openItYourself = html`<p>
  Go back to your course and open the activity there in a new window or tab.
</p>`;

// rel=noopener: the new window must not look for the platform's storage in the frame that has none.
function newWindowForm(loginUrl: string, loginParameters: Readonly<Record<string, string>>): Html {
  return html`<form id="new-window-form" method="post" action="${loginUrl}" target="_blank" rel="noopener">
    ${hiddenFields(loginParameters)}
    <p><button>Open in a new window</button></p>
  </form>`;
}
