/** The variables that the generated options read. */
export const environmentExample = [
  {
    name: 'PUBLIC_URL',
    comment: 'The public address of this application, where platforms send browsers: https in production.',
    value: 'http://localhost:3000',
  },
  {
    name: 'DATABASE_URL',
    comment: 'PostgreSQL 14 or later.',
    value: 'postgres://user:password@localhost:5432/tool',
  },
  {
    name: 'ENCRYPTION_KEYS',
    comment: 'A name, a colon and the output of: openssl rand -base64 32',
    value: 'main:',
  },
] as const;

/** A handler that says who was launched. */
export function launchesFile(): string {
  return `import { Injectable } from '@nestjs/common';
import { hasContextRole, type LaunchHandler, type LaunchReply, type ReceivedLaunch } from 'nest-lti';

/** Called once for each launch that nest-lti has verified. */
@Injectable()
export class LtiLaunches implements LaunchHandler {
  handle({ context: launch }: ReceivedLaunch): LaunchReply {
    const role = hasContextRole(launch.roles, ['Instructor']) ? 'an instructor' : 'a learner';
    return { html: \`<p>You are \${role}.</p>\` };
  }
}
`;
}

/**
 * @param ending of relative imports: `.js` in ES modules
 * @param isConfigured whether the application configures `ConfigModule`: a second configuration would read other files
 */
export function optionsFile(ending: string, isConfigured: boolean): string {
  const configuration = isConfigured
    ? '  imports: [ConfigModule],'
    : `  // Global, so that the handler can inject ConfigService, too.
  imports: [ConfigModule.forRoot({ isGlobal: true })],`;
  return `import { ConfigModule, ConfigService } from '@nestjs/config';
import { type LtiModuleAsyncOptions } from 'nest-lti';
import { LtiLaunches } from './lti-launches${ending}';

export const ltiOptions: LtiModuleAsyncOptions = {
  launches: { handler: LtiLaunches },
${configuration}
  inject: [ConfigService],
  useFactory: (config: ConfigService) => ({
    publicUrl: config.getOrThrow<string>('PUBLIC_URL'),
    database: { url: config.getOrThrow<string>('DATABASE_URL') },
    encryptionKeys: config.getOrThrow<string>('ENCRYPTION_KEYS'),
    // The simulated LMS of the tests is on this machine.
    platformHttp: { allowPrivateNetworks: process.env.NODE_ENV === 'test' },
  }),
};
`;
}

/** A test that launches the application from a simulated Moodle. */
export function testFile({
  className,
  moduleFromTest,
  adapter,
}: {
  className: string;
  moduleFromTest: string;
  adapter: 'express' | 'fastify';
}): string {
  const isFastify = adapter === 'fastify';
  return `import { randomBytes } from 'node:crypto';
import { type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
${isFastify ? "import { FastifyAdapter } from '@nestjs/platform-fastify';\n" : ''}import { SimulatedPlatform, startTestDatabase, type TestDatabase } from 'nest-lti/testing';
import { ${className} } from '${moduleFromTest}';

describe('a launch from the LMS', () => {
  let database: TestDatabase;
  let lms: SimulatedPlatform;
  let app: INestApplication;

  beforeAll(async () => {
    database = await startTestDatabase();
    process.env.PUBLIC_URL = 'http://localhost:3000';
    process.env.DATABASE_URL = database.url;
    process.env.ENCRYPTION_KEYS = \`test:\${randomBytes(32).toString('base64')}\`;
    lms = await SimulatedPlatform.start({ family: 'moodle' });
    app = await NestFactory.create(${className}, ${isFastify ? 'new FastifyAdapter(), ' : ''}{ logger: ['error', 'warn'], abortOnError: false });
    await app.listen(0); // any free port
    await lms.connect(app);
  }, 60_000);

  afterAll(async () => {
    // If the set-up failed, some of these were not started.
    await app?.close();
    await lms?.stop();
    await database?.stop();
  });

  it('shows an instructor and a learner their roles', async () => {
    const { instructor, learner } = lms.addCourse({ members: 3 });
    const asInstructor = await lms.launch({ userId: instructor.userId });
    const asLearner = await lms.launch({ userId: learner.userId });
    expect([asInstructor.status, asInstructor.body]).toEqual([200, '<p>You are an instructor.</p>']);
    expect([asLearner.status, asLearner.body]).toEqual([200, '<p>You are a learner.</p>']);
  });

  it('refuses a launch without a valid signature', async () => {
    const { learner } = lms.addCourse({ members: 3 });
    const { status } = await lms.launch({ userId: learner.userId, attack: 'alg-none' });
    expect(status).toBe(401);
  });
});
`;
}
