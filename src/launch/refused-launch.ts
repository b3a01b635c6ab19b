const subjects = new WeakMap<object, string>();

/** Remembers the registration or consumer whose launch ended with this error. Only the log shows it. */
export function rememberSubject(error: unknown, subject: string): void {
  if (typeof error === 'object' && error !== null) subjects.set(error, subject);
}

export function subjectOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? subjects.get(error) : undefined;
}
