import { NestFactory } from '@nestjs/core';
import { adapter } from './adapter.js';
import { AppModule } from './app.module.js';
import { configure } from './configure.js';
import { useTool } from './use-tool.js';

async function main(): Promise<void> {
  const app = configure(await NestFactory.create(AppModule, adapter(), { logger: ['error', 'warn'] }));
  await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1');
  await useTool(app);
  await app.close();
  // The process ends by itself when nothing was left open.
  process.stdout.write('done\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? String(error.stack) : String(error)}\n`);
  process.exit(1);
});
