import 'reflect-metadata';
import { LtiError } from 'nest-lti';
import { EmbeddedPostgresError } from './embedded-postgres/embedded-postgres.errors.js';
import { loadEnvironment } from './load-environment.js';
import { startStandalone } from './standalone.js';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

try {
  const service = await startStandalone(loadEnvironment(process.env), say);
  say(`nest-lti listens on ${service.url}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      service.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          say(`The shutdown failed: ${String(error)}`);
          process.exit(1);
        },
      );
    });
  }
} catch (error) {
  say(
    error instanceof LtiError || error instanceof EmbeddedPostgresError
      ? `${error.code}: ${error.message}`
      : String(error instanceof Error ? error.stack : error),
  );
  process.exit(1);
}
