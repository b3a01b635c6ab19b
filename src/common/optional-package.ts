import { isNativeError } from 'node:util/types';

const CODES = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];

/** Whether an import failed because this package is not installed, and not because of something within it. */
export function isPackageMissing(error: unknown, name: string): boolean {
  // Not `instanceof`: jest throws an error of its own realm, outside of that of the test.
  if (!isNativeError(error) || !('code' in error)) return false;
  return CODES.some((code) => code === error.code) && error.message.includes(`'${name}'`);
}
