// Bundles dashboard/src into dashboard/dist: index.html, and under assets/ a script and a style with the hash of their content in
// their names, each also compressed.
import { build } from 'esbuild';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const home = resolve(dirname(fileURLToPath(import.meta.url)), '../dashboard');
const dist = join(home, 'dist');

rmSync(dist, { recursive: true, force: true });
const { outputFiles } = await build({
  entryPoints: { dashboard: join(home, 'src/main.tsx') },
  outdir: join(dist, 'assets'),
  entryNames: '[name]-[hash]',
  tsconfig: join(home, 'tsconfig.json'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'none',
  write: false,
});
mkdirSync(join(dist, 'assets'), { recursive: true });
for (const { path, contents } of outputFiles) {
  writeFileSync(path, contents);
  writeFileSync(`${path}.gz`, gzipSync(contents, { level: 9 }));
}
const nameOf = (ending) => basename(outputFiles.find(({ path }) => path.endsWith(ending)).path);
const page = readFileSync(join(home, 'src/index.html'), 'utf8')
  .replace('%SCRIPT%', `assets/${nameOf('.js')}`)
  .replace('%STYLE%', `assets/${nameOf('.css')}`);
writeFileSync(join(dist, 'index.html'), page);
