import { type NestExpressApplication } from '@nestjs/platform-express';
import { NestFactory } from '@nestjs/core';
import { type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ApiKeyService, ConfigurationInvalid, ProblemDetailsFilter, type LtiModuleOptions } from 'nest-lti';
import { isLaunchForm, isNoticesPost, isScoresUpload, mediaTypeOf, orAbort } from 'nest-lti/internal';
import { AppModule } from './app.module.js';
import { serveApiDocs } from './api-docs.js';
import { bootErrors } from './boot.errors.js';
import { embeddedEncryptionKeys } from './embedded-secrets.js';
import { type Environment } from './environment.schema.js';
import { ServiceLogger } from './service-logger.js';
import { standaloneOptions } from './standalone-options.js';
import { EmbeddedPostgres } from './embedded-postgres/embedded-postgres.js';

/** The running service. */
export interface Standalone {
  /** Where this machine reaches it. */
  url: string;
  /** The address and port that it is bound to, as a URL: `http://0.0.0.0:3000`, `http://[::]:3000`. */
  boundTo: string;
  /** A first API key that was created at this start, to be shown once. */
  firstApiKey?: string;
  /** Returns unfinished work to the queue, closes the connections, then stops the embedded database, if it started one. */
  stop(): Promise<void>;
}

/**
 * Starts the service with the database that the environment names, or with one of its own.
 *
 * @param say prints a line about the embedded database for the operator
 * @param interrupted ends the start: it rejects with the reason, and nothing is left running
 * @throws ConfigurationInvalid, {Unavailable} `database_unavailable`; {ConfigurationInvalid} `database_permission_denied`, EmbeddedPostgresFailed, {ConfigurationInvalid} `port_in_use` and other
 *   errors of the boot
 */
export async function startStandalone(
  environment: Environment,
  say: (text: string) => void,
  interrupted: AbortSignal = new AbortController().signal,
): Promise<Standalone> {
  if (environment.DATABASE_URL !== undefined) {
    return startInterruptibly(environment, standaloneOptions(environment), interrupted, checkOf(environment));
  }
  // Not interrupted itself: half of a start would leave a server behind.
  const database = await EmbeddedPostgres.start({
    directory: join(environment.DATA_DIR, 'postgres'),
    log: say,
  });
  try {
    const encryptionKeys = embeddedEncryptionKeys(environment.DATA_DIR);
    const options = standaloneOptions(environment, { databaseUrl: database.url, encryptionKeys });
    const app = await startInterruptibly(environment, options, interrupted);
    return {
      ...app,
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

/** An application that is ready too late is stopped by itself. */
async function startInterruptibly(
  environment: Environment,
  options: LtiModuleOptions,
  interrupted: AbortSignal,
  checkApiKeys?: (keys: ApiKeyService) => Promise<void>,
): Promise<Standalone> {
  interrupted.throwIfAborted();
  const starting = startApp(environment, options, checkApiKeys);
  try {
    return await orAbort(starting, interrupted);
  } catch (error) {
    if (interrupted.aborted) starting.then((app) => app.stop()).catch(() => undefined);
    throw error;
  }
}

async function startApp(
  environment: Environment,
  options: LtiModuleOptions,
  checkApiKeys?: (keys: ApiKeyService) => Promise<void>,
): Promise<Standalone> {
  const logger = new ServiceLogger(environment.LOG_LEVEL);
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.forRoot(options, environment.WORKER),
    {
      logger,
      abortOnError: false,
      bodyParser: false,
    },
  );
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
    if (environment.WORKER !== 'only') serveApiDocs(app);
    await app.init();
    const keys = app.get(ApiKeyService, { strict: false });
    await checkApiKeys?.(keys);
    await listen(app, environment);
    // Last, so that it is shown even if a start before this one failed. With a given database each replica would make one.
    const firstApiKey = checkApiKeys === undefined ? await keys.createFirst() : undefined;
    return {
      url: await app.getUrl(),
      boundTo: addressOf(app.getHttpServer()),
      ...(firstApiKey !== undefined && { firstApiKey }),
      stop: () => app.close(),
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** @throws {ConfigurationInvalid} `port_in_use` */
async function listen(app: NestExpressApplication, { PORT, HOST }: Environment): Promise<void> {
  try {
    await app.listen(PORT, HOST);
  } catch (cause) {
    throw bootErrors.listenFailed(HOST, PORT, cause);
  }
}

function addressOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Before a request is known to be allowed. */
function isParsedAs(mediaType: string): (request: IncomingMessage) => boolean {
  return (request) => {
    return (
      mediaTypeOf(request) === mediaType &&
      ![isScoresUpload, isLaunchForm, isNoticesPost].some((reads) => reads(request))
    );
  };
}

/** A process without routes needs no API key. */
function checkOf({ WORKER }: Environment): (keys: ApiKeyService) => Promise<void> {
  return WORKER === 'only' ? () => Promise.resolve() : requireApiKey;
}

/** Made up here, the key would be known to one replica's log alone. */
async function requireApiKey(keys: ApiKeyService): Promise<void> {
  if (await keys.exists()) return;
  throw ConfigurationInvalid.of([
    { name: 'ADMIN_API_KEY', message: 'is needed while the database holds no API key that may write' },
  ]);
}
