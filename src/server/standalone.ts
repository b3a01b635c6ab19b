import { type NestExpressApplication } from '@nestjs/platform-express';
import { NestFactory } from '@nestjs/core';
import { type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { ApiKeyService, ConfigurationInvalid, ProblemDetailsFilter, type LtiModuleOptions } from 'nest-lti';
import { isLti11Launch, isScoresUpload } from 'nest-lti/internal';
import { serveApiDocs } from './api-docs.js';
import { AppModule } from './app.module.js';
import { embeddedEncryptionKeys } from './embedded-secrets.js';
import { type Environment } from './environment.schema.js';
import { ServiceLogger } from './service-logger.js';
import { standaloneOptions } from './standalone-options.js';
import { EmbeddedPostgres } from './embedded-postgres/embedded-postgres.js';

/** The running service. */
export interface Standalone {
  /** Where it listens. */
  url: string;
  /** Hands back its work, closes its connections, then stops the embedded database, if it started one. */
  stop(): Promise<void>;
}

/**
 * Starts the service with the database that the environment names, or with one of its own.
 *
 * @param say tells the operator what is no log line, such as the first API key
 * @throws ConfigurationInvalid, DatabaseUnavailable, EmbeddedPostgresFailed and other errors of the boot
 */
export async function startStandalone(
  environment: Environment,
  say: (text: string) => void,
): Promise<Standalone> {
  if (environment.DATABASE_URL !== undefined) {
    return startApp(environment, standaloneOptions(environment), requireApiKey);
  }
  const database = await EmbeddedPostgres.start({
    directory: join(environment.DATA_DIR, 'postgres'),
    log: say,
  });
  try {
    const encryptionKeys = embeddedEncryptionKeys(environment.DATA_DIR);
    const options = standaloneOptions(environment, { databaseUrl: database.url, encryptionKeys });
    const app = await startApp(environment, options, async (keys) => {
      const key = await keys.createFirst();
      if (key !== undefined) say(`API key (scope write), shown this once: ${key}`);
    });
    return {
      url: app.url,
      stop: async () => {
        await app.stop();
        await database.stop();
      },
    };
  } catch (error) {
    await database.stop();
    throw error;
  }
}

async function startApp(
  environment: Environment,
  options: LtiModuleOptions,
  firstApiKey: (keys: ApiKeyService) => Promise<void>,
): Promise<Standalone> {
  const logger = new ServiceLogger(environment.LOG_LEVEL);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(options), {
    logger,
    abortOnError: false,
    bodyParser: false,
  });
  try {
    app.use(logger.requestLogging());
    app.disable('x-powered-by');
    app.useBodyParser('json', { type: isParsedAs('application/json') });
    app.useBodyParser('urlencoded', {
      type: isParsedAs('application/x-www-form-urlencoded'),
      extended: false,
    });
    app.set('trust proxy', environment.TRUST_PROXY ?? false);
    // Before init(), which ends the list of routes and fixes who answers for unknown ones and for broken bodies.
    app.useGlobalFilters(new ProblemDetailsFilter());
    serveApiDocs(app);
    await app.init();
    await firstApiKey(app.get(ApiKeyService, { strict: false }));
    await app.listen(environment.PORT, environment.HOST);
    return { url: await app.getUrl(), stop: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Before a request is known to be allowed. */
function isParsedAs(mediaType: string): (request: IncomingMessage) => boolean {
  return (request) => {
    const [type = ''] = (request.headers['content-type'] ?? '').split(';');
    return type.trim().toLowerCase() === mediaType && !isScoresUpload(request) && !isLti11Launch(request);
  };
}

/** Made up here, the key would be known to one replica's log alone. */
async function requireApiKey(keys: ApiKeyService): Promise<void> {
  if (await keys.exists()) return;
  throw new ConfigurationInvalid([
    { name: 'ADMIN_API_KEY', message: 'is needed while the database holds no API key that may write' },
  ]);
}
