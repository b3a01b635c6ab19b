/** JSON in which `{name}` in a text is replaced by a value. A text of one `{name}` alone becomes the value, or null. */
export type JsonTemplate =
  | string
  | number
  | boolean
  | null
  | readonly JsonTemplate[]
  | { readonly [name: string]: JsonTemplate };

export type TemplateValues = Readonly<Record<string, string | undefined>>;

/** The JSON with the values in it. Braces around another name are kept. */
export function fillIn(template: JsonTemplate, values: TemplateValues): unknown {
  if (typeof template === 'string') return textOf(template, values);
  if (typeof template !== 'object' || template === null) return template;
  if (isList(template)) return template.map((each) => fillIn(each, values));
  return Object.fromEntries(Object.entries(template).map(([name, each]) => [name, fillIn(each, values)]));
}

function textOf(text: string, values: TemplateValues): string | null {
  const [, only] = /^\{(\w+)\}$/.exec(text) ?? [];
  if (only !== undefined && Object.hasOwn(values, only)) return values[only] ?? null;
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : placeholder,
  );
}

// The type of Array.isArray does not distinguish a readonly array from an object.
function isList(template: object): template is readonly JsonTemplate[] {
  return Array.isArray(template);
}
