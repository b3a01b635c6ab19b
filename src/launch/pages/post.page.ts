import { html } from './html.js';
import { type LaunchPage, launchPage } from './launch-page.js';
import { hiddenFields } from './new-window.js';

export interface PostPageOptions {
  /** The absolute http(s) URL that the form is posted to. */
  postTo: string;
  fields: Readonly<Record<string, string>>;
}

const FORM_ID = 'auto-submit';

/**
 * Posts a form to another site at once; without scripts by a button. The receiver learns this page's origin, and so can refuse
 * the same form from the page of another site.
 */
export function postPage({ postTo, fields }: PostPageOptions): LaunchPage {
  const page = launchPage({
    title: 'Opening the activity',
    main: html`<p data-with-script>Opening the activity …</p>
      <form id="${FORM_ID}" method="post" action="${postTo}">
        ${hiddenFields(fields)}
        <p data-without-script hidden><button>Open the activity</button></p>
      </form>`,
    script: { source: `document.getElementById('${FORM_ID}').submit();`, data: {} },
  });
  return { ...page, referrerPolicy: 'strict-origin' };
}
