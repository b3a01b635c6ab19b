const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Markup that is safe as it stands: made by `html`, or vouched for by `trustedHtml`. */
export class Html {
  constructor(readonly markup: string) {}
}

type Interpolation = Html | readonly Html[] | string | number | undefined;

/** Markup from a template. Whatever is interpolated is escaped, for text and for quoted attributes, but for other markup. */
export function html(parts: TemplateStringsArray, ...values: readonly Interpolation[]): Html {
  const [first = '', ...others] = parts;
  return new Html(others.reduce((markup, part, index) => markup + markupOf(values[index]) + part, first));
}

/** Hidden fields of a form. */
export function hiddenFields(fields: Readonly<Record<string, string>>): Html[] {
  return Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
}

/** Only for what is ours, or escaped by other rules: it is taken as it is. */
export function trustedHtml(markup: string): Html {
  return new Html(markup);
}

/** Data for a `<script type="application/json">`, where `</script` and `<!--` would count, and entities would not. */
export function jsonForScript(data: unknown): string {
  return JSON.stringify(data).replace(/[<\u2028\u2029]/g, unicodeEscape);
}

function markupOf(value: Interpolation): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.markup;
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
  return value.map(({ markup }) => markup).join('');
}

function escaped(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => entities[character] ?? character);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
