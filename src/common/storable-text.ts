const MAX_TITLE = 1024;

/** Whether PostgreSQL can store this text as it is: it cannot store NUL and unpaired surrogates. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** The text without NUL, and with U+FFFD for each unpaired surrogate. */
export function storable(text: string): string {
  return isStorable(text) ? text : text.replaceAll('\0', '').toWellFormed();
}

/** The text without NUL and without unpaired surrogates. */
export function withoutUnstorable(text: string): string {
  return isStorable(text) ? text : text.replace(/[\0\p{Cs}]/gu, '');
}

/** The title of a course or link as it is stored. */
export function titleOf(text: string | undefined): string | null {
  const title = text === undefined ? '' : storable(text.trim().slice(0, MAX_TITLE));
  return title === '' ? null : title;
}
