/** JSON as PHP writes it by default: slashes escaped, and nothing outside ASCII. */
export function phpEscapes(json: string): string {
  return phpUnicodeEscapes(json.replaceAll('/', '\\/'));
}

/** JSON as PHP writes it when it leaves slashes alone. */
export function phpUnicodeEscapes(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
