import { frameScript, type PlatformStorage, type ProofData } from './frame-script.js';
import { hiddenFields, html } from './html.js';
import { type LaunchPage, launchPage } from './launch-page.js';
import { newWindow, type NewWindowOptions } from './new-window.js';

export interface ProofPageOptions extends NewWindowOptions {
  /** The launch URL of this service, which gets `id_token`, `state` and `lti_storage_value`. */
  launchUrl: string;
  idToken: string;
  state: string;
  storage: PlatformStorage;
}

/** For a launch without the cookie: reads the secret from the platform's storage and posts the launch again with it. */
export function proofPage({ launchUrl, idToken, state, storage, ...again }: ProofPageOptions): LaunchPage {
  const data: ProofData = { step: 'proof', storage };
  const main = html`<form id="proof" method="post" action="${launchUrl}">
      ${hiddenFields({ id_token: idToken, state, lti_storage_value: '' })}
    </form>
    ${newWindow(again)}`;
  const page = launchPage({ title: 'Opening the activity', main, script: { source: frameScript, data } });
  // The form must have an Origin or Referer header, since a page of another site may post the same fields.
  return { ...page, referrerPolicy: 'same-origin' };
}
