import { runInNewContext } from 'node:vm';
import { isPackageMissing } from './optional-package.js';

const notFound = (code: string, message: string): Error => Object.assign(new Error(message), { code });

describe('isPackageMissing', () => {
  const inOtherRealm = `Object.assign(new Error("Cannot find module 'ioredis'"), { code: 'MODULE_NOT_FOUND' })`;

  it.each([
    ['import', notFound('ERR_MODULE_NOT_FOUND', "Cannot find package 'ioredis' imported from /app/x.js")],
    ['require', notFound('MODULE_NOT_FOUND', "Cannot find module 'ioredis'")],
    ['require in jest, which is of another realm', runInNewContext(inOtherRealm) as unknown],
  ])('knows the error of %s', (_, error) => {
    expect(isPackageMissing(error, 'ioredis')).toBe(true);
  });

  it.each([
    ['another module', notFound('MODULE_NOT_FOUND', "Cannot find module './lost.js'")],
    ['another code', notFound('ECONNREFUSED', "Cannot reach 'ioredis'")],
    ['no code', new Error("Cannot find module 'ioredis'")],
    ['no error', "Cannot find module 'ioredis'"],
  ])('does not take another fault for a package that is missing: %s', (_, error) => {
    expect(isPackageMissing(error, 'ioredis')).toBe(false);
  });
});
