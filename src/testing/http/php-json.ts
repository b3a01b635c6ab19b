/** JSON as PHP writes it by default: slashes are escaped, and characters outside ASCII too. */
export function phpEscapes(json: string): string {
  return phpUnicodeEscapes(json.replaceAll('/', '\\/'));
}

/** JSON as PHP writes it with the option that does not escape slashes. */
export function phpUnicodeEscapes(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
