// Installs the programs that the tests need, as jest's global setup does, so that the gate can do it beside its checks.
import { transform } from 'esbuild';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = fileURLToPath(new URL('../test/support/test-programs.ts', import.meta.url));
const { code } = await transform(readFileSync(path, 'utf8'), { loader: 'ts', format: 'esm' });
const { installPrograms, testPrograms } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
installPrograms({ wanted: testPrograms, say: (text) => process.stderr.write(`${text}\n`) });
