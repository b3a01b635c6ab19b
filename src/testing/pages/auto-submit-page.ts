import { type FormField } from '../browser/form-field.js';
import { escapeHtml } from './html.js';
import { type Answer } from '../http/http-exchange.js';
import { pageAnswer } from './page-answer.js';

export interface AutoSubmitForm {
  readonly method?: 'get' | 'post';
  readonly action: string;
  readonly fields: readonly FormField[];
}

// A field named `submit` would hide the form's own method.
export const submitScript = "HTMLFormElement.prototype.submit.call(document.getElementById('auto-submit'));";

/** A page that submits its form by itself, or with its button in a browser without scripts. */
export function autoSubmitPage(title: string, form: AutoSubmitForm): Answer {
  return pageAnswer({ title, body: autoSubmitForm(form), script: submitScript, leavesByForm: true });
}

/** The form of such a page; `target` is the frame for the answer. */
export function autoSubmitForm(
  { method = 'post', action, fields }: AutoSubmitForm,
  target = '_self',
): string {
  const inputs = fields.map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return `<form id="auto-submit" method="${method}" action="${escapeHtml(action)}" target="${escapeHtml(target)}">
${inputs.join('\n')}
<noscript><button type="submit">Continue</button></noscript>
</form>`;
}
