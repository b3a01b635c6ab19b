import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The encryption key that belongs to an embedded database: made on the first start, readable by its owner alone. Losing
 * the file loses what it encrypted.
 */
export function embeddedEncryptionKeys(dataDirectory: string): string {
  const file = join(dataDirectory, 'encryption-keys');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const keys = `first:${randomBytes(32).toString('base64')}`;
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${keys}\n`, { mode: 0o600, flag: 'wx' });
  return keys;
}
