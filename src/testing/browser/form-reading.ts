import { type BrowserResponse } from './browser-exchange.js';
import { type FormField } from './form-field.js';
import { unescapeHtml } from '../pages/html.js';

export interface AutoSubmittedForm {
  readonly method: 'get' | 'post';
  readonly action: string;
  readonly fields: readonly FormField[];
}

/** The form that a page of the platform submits by itself. */
export function autoSubmittedForm(page: BrowserResponse): AutoSubmittedForm | undefined {
  return formsOf(page).find(({ id }) => id === 'auto-submit');
}

/** The first form of a page that leads to this origin. */
export function formTo(origin: string, page: BrowserResponse): AutoSubmittedForm | undefined {
  return formsOf(page).find(({ action }) => new URL(action).origin === origin);
}

// Reads only pages with quoted attributes, such as the platform's and ours; it is not an HTML parser.
function formsOf({
  url,
  body,
}: BrowserResponse): (AutoSubmittedForm & { readonly id: string | undefined })[] {
  return [...body.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)].map(([, head = '', content = '']) => {
    const { id, method, action } = attributesOf(head);
    return {
      id,
      method: method?.toLowerCase() === 'post' ? 'post' : 'get',
      action: new URL(action ?? '', url).href,
      fields: [...content.matchAll(/<input\b([^>]*)>/gi)].flatMap(([, input = '']) => fieldOf(input)),
    };
  });
}

function fieldOf(input: string): FormField[] {
  const { name, value = '' } = attributesOf(input);
  return name === undefined ? [] : [[name, value]];
}

function attributesOf(text: string): Partial<Record<string, string>> {
  const attributes = [...text.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)];
  return Object.fromEntries(
    attributes.map(([, name = '', double, single]) => [
      name.toLowerCase(),
      unescapeHtml(double ?? single ?? ''),
    ]),
  );
}
