import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const build = join(process.cwd(), 'build');

/** The tarballs of `npm run pack` by package: `nest-lti` and, if it exists, `nest-lti-server`. */
export function packedTarballs(): Record<string, string> {
  const files = readdirSync(build).filter((name) => name.endsWith('.tgz'));
  return Object.fromEntries(files.map((name) => [name.replace(/-\d.*$/, ''), join(build, name)]));
}
