const MAX_TITLE = 1024;
/** NUL and unpaired surrogates: PostgreSQL cannot store them. */
const UNSTORABLE = /[\0\p{Cs}]/u;

/** Whether PostgreSQL can store this text as it is. */
export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/** The text without NUL, and with U+FFFD for each unpaired surrogate. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').replace(/\p{Cs}/gu, '\uFFFD');
}

/** The text without NUL and without unpaired surrogates. */
export function withoutUnstorable(text: string): string {
  return text.replace(/[\0\p{Cs}]/gu, '');
}

/** The title of a course or link as it is stored. */
export function titleOf(text: string | undefined): string | null {
  const title = text === undefined ? '' : storable(text.trim().slice(0, MAX_TITLE));
  return title === '' ? null : title;
}
