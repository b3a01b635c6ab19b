/** True when `error` is the operating system's, with one of these codes such as `ENOENT`. */
export function isSystemError(error: unknown, ...codes: string[]): boolean {
  // Not by class: errors of the system may come from another realm, as they do within jest.
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}

/** Resolves to undefined where `work` meets a file that is not there. */
export async function ifExists<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
