const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Safe markup: created by `html` or `trustedHtml`. */
export class Html {
  constructor(readonly markup: string) {}
}

type Interpolation = Html | readonly Html[] | string | number | undefined;

/** Markup from a template. Interpolated values are escaped for text and quoted attributes; `Html` is not escaped again. */
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

/** Markup that is not escaped. Only for constants, and for text that other rules have escaped. */
export function trustedHtml(markup: string): Html {
  return new Html(markup);
}

/** Data for a `<script type="application/json">`. There `</script` and `<!--` end the data, and entities are not decoded. */
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
