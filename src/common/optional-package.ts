import { isNativeError } from 'node:util/types';

const CODES = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];

/** Whether an import failed because this package is not installed, and not because of something within it. */
export function isPackageMissing(error: unknown, name: string): boolean {
  // The error of jest is of another realm, and the error of a hook of Node's module loader is not a native one.
  if (!(error instanceof Error || isNativeError(error)) || !('code' in error)) return false;
  return CODES.some((code) => code === error.code) && error.message.includes(`'${name}'`);
}
