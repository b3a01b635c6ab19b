import { execFileSync } from 'node:child_process';
import { installSizes, MAX_ADDED } from '../test/packaging/install-size.js';
import { type Row, rowOf } from './row.js';

/** The size that nest-lti adds to the install of a bare Nest application with TypeORM and pg. Needs the registry. */
export async function* installBench(): AsyncGenerator<Row> {
  execFileSync('node', ['scripts/pack.mjs'], { stdio: ['ignore', 2, 2] });
  const { bare, embedder } = await installSizes();
  const figures = [
    { name: 'megabytes', unit: 'MB', of: ({ megabytes }: typeof bare) => megabytes },
    { name: 'packages', unit: 'packages', of: ({ packages }: typeof bare) => packages.size },
  ] as const;
  for (const { name, unit, of } of figures) {
    yield rowOf({
      case: 'install',
      name: `${name}-added`,
      value: of(embedder) - of(bare),
      unit,
      bar: { atMost: MAX_ADDED[name] },
    });
  }
}
