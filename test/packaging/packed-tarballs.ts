import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const build = join(process.cwd(), 'build');

/** What `npm run pack` has made, by package: `nest-lti` and `nest-lti-server`, where that is there. */
export function packedTarballs(): Record<string, string> {
  const files = readdirSync(build).filter((name) => name.endsWith('.tgz'));
  return Object.fromEntries(files.map((name) => [name.replace(/-\d.*$/, ''), join(build, name)]));
}
