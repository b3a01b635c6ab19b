const subjects = new WeakMap<object, string>();

/** Notes whose launch it was that ended with this error: for the log, and nobody else. */
export function noteSubject(error: unknown, subject: string): void {
  if (typeof error === 'object' && error !== null) subjects.set(error, subject);
}

export function subjectOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? subjects.get(error) : undefined;
}
