import { type Install, installSizes, MAX_ADDED } from './install-size.js';

describe('the size of an install', () => {
  it('is at most 60 MB and 150 packages more than that of a bare Nest app with TypeORM and pg', async () => {
    const { bare, embedder } = await installSizes();
    const added = [...embedder.packages].filter(([path]) => !bare.packages.has(path));
    const heaviest = added.sort(([, a], [, b]) => b - a).slice(0, 10);
    const figures = (name: string, { megabytes, packages }: Install): string =>
      `${name.padEnd(32)} ${megabytes.toFixed(1).padStart(6)} MB ${String(packages.size).padStart(5)} packages\n`;
    process.stdout.write(
      `\n${figures('a bare app', bare)}${figures('the same with nest-lti', embedder)}` +
        heaviest.map(([path, size]) => `  ${(size / 1e6).toFixed(1).padStart(5)} MB  ${path}\n`).join(''),
    );
    expect(MAX_ADDED).toEqual({ megabytes: 60, packages: 150 });
    expect(embedder.megabytes - bare.megabytes).toBeLessThanOrEqual(MAX_ADDED.megabytes);
    expect(embedder.packages.size - bare.packages.size).toBeLessThanOrEqual(MAX_ADDED.packages);
  });
});
