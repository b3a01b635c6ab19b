import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/demo/free-port.js';
import { GettingStarted, type Variant } from '../support/documentation/getting-started.js';
import { packedTarballs } from './packed-tarballs.js';
import { INSTALL_MS, runIn } from './run-in.js';

const combinations: { variants: Variant[]; nest: string; adapter: string }[] = [
  { variants: [], nest: '12', adapter: 'express' },
  { variants: ['Fastify'], nest: '12', adapter: 'fastify' },
  { variants: ['Nest 11'], nest: '11', adapter: 'express' },
  { variants: ['Nest 11', 'Fastify'], nest: '11', adapter: 'fastify' },
];

// It needs the registry.
describe('docs/getting-started.md, followed to the letter', () => {
  it.each(combinations)(
    'leads from an empty folder to a launch, a roster and a score: Nest $nest on $adapter',
    async ({ variants, nest, adapter }) => {
      const page = GettingStarted.read();
      const tarball = packedTarballs()['nest-lti'] ?? '';
      const port = String(await freePort(0));
      const script = page
        .script((commands) => commands.replace(' nest-lti ', ` ${tarball} `), variants)
        .replaceAll('3000', port);
      const directory = await mkdtemp(join(tmpdir(), 'nest-lti-getting-started-'));
      const environment = { TEST_DATABASE_URL: process.env.TEST_DATABASE_URL ?? '' };

      const output = await runIn(directory, 'bash', ['-c', script], { timeout: INSTALL_MS, environment });

      expect(page.shown).toContain('The gradebook has 17 of 20');
      expect(output).toContain(`${page.shown}\n`);
      const installed = await runIn(join(directory, 'quiz'), 'npm', ['ls', '--depth=0']);
      expect(installed).toMatch(new RegExp(`@nestjs/core@${nest}\\.`));
      expect(installed).toMatch(new RegExp(`@nestjs/platform-${adapter}@${nest}\\.`));
      process.stdout.write(`passed: docs/getting-started.md with Nest ${nest} on ${adapter}\n`);
      await rm(directory, { recursive: true, force: true });
    },
  );
});
