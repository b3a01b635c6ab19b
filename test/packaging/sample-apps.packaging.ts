import { randomBytes } from 'node:crypto';
import { freePort } from '../../src/demo/free-port.js';
import { createTestDatabase } from '../support/test-database.js';
import { packedTarballs } from './packed-tarballs.js';
import { SampleAppDirectory } from './sample-app-directory.js';
import { type SampleApp, sampleApps } from './sample-apps.js';

const chosen = sampleApps.filter(({ isInGate }) => process.env.PACKAGING_GATE !== '1' || isInGate);
const rows: string[][] = [];
const RESULT = 6;

/** The name of its row in the table. */
function described({ release, adapter, modules, typeorm, ioredis, tokenStore }: SampleApp): string[] {
  return [release.nest, adapter, modules, typeorm, ioredis ?? '-', tokenStore];
}

async function environment(app: SampleApp, databaseUrl: string): Promise<Record<string, string>> {
  const port = String(await freePort(0));
  return {
    PORT: port,
    PUBLIC_URL: `http://127.0.0.1:${port}/backend`,
    DATABASE_URL: databaseUrl,
    REDIS_URL: process.env.TEST_REDIS_URL ?? '',
    QUEUE_PREFIX: `sample-${randomBytes(6).toString('hex')}`,
    ENCRYPTION_KEYS: `k:${randomBytes(32).toString('base64')}`,
    TOKEN_STORE: app.tokenStore,
  };
}

/** A new database, as a host has one. */
async function withDatabase(part: (url: string) => Promise<void>): Promise<void> {
  const database = await createTestDatabase();
  try {
    await part(database.url);
  } finally {
    await database.drop();
  }
}

describe('a host with the packed nest-lti', () => {
  afterAll(() => {
    const table = [
      ['Nest', 'adapter', 'module system', 'TypeORM', 'ioredis', 'tokens in', 'result'],
      ...rows,
    ];
    const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
    const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
    process.stdout.write(`\n${lines.join('\n')}\n\n`);
  });

  it.each(chosen.map((app) => ({ title: described(app).join(', '), app })))(
    'compiles, boots, is launched, syncs a roster, posts a score and closes: $title',
    async ({ app }) => {
      const row = [...described(app), 'install failed'];
      rows.push(row);
      const directory = await SampleAppDirectory.make(app, packedTarballs()['nest-lti'] ?? '');
      row[RESULT] = 'does not compile';
      await directory.compile();
      row[RESULT] = 'does not run';
      await withDatabase(async (url) => directory.start(await environment(app, url)));
      row[RESULT] = 'its test fails';
      await withDatabase(async (url) => directory.test(await environment(app, url)));
      row[RESULT] = 'our types have faults';
      expect(await directory.complaintsAboutOurTypes()).toEqual([]);
      row[RESULT] = 'passed';
      process.stdout.write(`passed: ${described(app).join(', ')}\n`);
      await directory.remove();
    },
  );
});
