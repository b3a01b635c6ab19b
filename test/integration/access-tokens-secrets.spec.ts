import { type LoggerService } from '@nestjs/common';
import { inspect } from 'node:util';
import { type FaultInput } from '../../src/testing/index.js';
import { startAppTokenScene } from '../support/app-token-scene.js';
import { type Campus, readRoster } from '../support/campus.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { type LtiTestApp } from '../support/lti-app.js';
import { type TokenScene } from '../support/token-scene.js';

/** Collects every line, with all nested fields that a logger could print. */
class LogCapture implements LoggerService {
  readonly lines: string[] = [];

  log = (...words: unknown[]): void => this.keep(words);
  error = (...words: unknown[]): void => this.keep(words);
  warn = (...words: unknown[]): void => this.keep(words);
  debug = (...words: unknown[]): void => this.keep(words);
  verbose = (...words: unknown[]): void => this.keep(words);
  fatal = (...words: unknown[]): void => this.keep(words);

  get text(): string {
    return this.lines.join('\n');
  }

  private keep(words: unknown[]): void {
    this.lines.push(`${inspect(words, { depth: Infinity, showHidden: true })} ${JSON.stringify(words)}`);
  }
}

/** Patterns of JWTs, bearer headers and private keys. */
const SECRETS = /eyJ[\w-]{10}|bearer [\w-]{16}|PRIVATE KEY|"d":/i;

describe('the secrets of access tokens', () => {
  let lti: LtiTestApp;
  let scene: TokenScene;
  let log: LogCapture;

  beforeAll(async () => {
    ({ lti, scene } = await startAppTokenScene());
  });
  beforeEach(() => {
    log = new LogCapture();
    lti.app.useLogger(log);
  });
  afterEach(() => scene.clear());
  afterAll(async () => {
    lti.app.useLogger(false);
    await scene.stop();
  });

  function expectNoSecretIn(text: string, ...campuses: Campus[]): void {
    expect(text).not.toMatch(SECRETS);
    for (const { lms } of campuses) {
      for (const { accessToken } of lms.issuedTokens) expect(text).not.toContain(accessToken);
    }
  }

  it('the log of a successful run shows no secret', async () => {
    const campus = await scene.campus({ family: 'moodle' });
    const client = await campus.authenticate();
    await readRoster(client);
    scene.clock.advance(61_000);
    campus.lms.expireTokens();
    await readRoster(client);
    await client.forceRefresh();
    expect(campus.lms.counts.tokensIssued).toBe(3);
    expect(log.text).toContain(campus.registration.id);
    expectNoSecretIn(log.text, campus);
  });

  it.each<[string, FaultInput]>([
    ['cut connections', { kind: 'cut', on: 'token' }],
    ['answers cut off in a token', { kind: 'cut', when: 'mid-body', on: 'token' }],
    ['broken JSON', { kind: 'broken-json', on: 'token' }],
    ['a token too large', { kind: 'huge', mebibytes: 33, on: 'token' }],
    ['pages', { kind: 'html', on: 'token' }],
    ['throttling', { kind: 'throttle', on: 'token' }],
    ['redirects', { kind: 'redirect', on: 'token' }],
    ['refusals', { kind: 'unauthorized', on: 'token' }],
  ])('the log and the error of a run that fails with %s show no secret', async (_, fault) => {
    const campus = await scene.campus();
    campus.lms.faults.add(fault);
    const failure: unknown = await campus.authenticate().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(log.lines).toHaveLength(1);
    expectNoSecretIn(log.text, campus);
    expectNoSecretIn(inspect(failure, { depth: Infinity }), campus);
  });

  it('the error of a failed service call shows no secret', async () => {
    const campus = await scene.campus();
    const client = await campus.authenticate();
    for (const kind of ['cut', 'redirect', 'unauthorized', 'throttle'] as const) {
      campus.lms.faults.add({
        kind,
        on: 'memberships',
        ...(kind === 'throttle' && { retryAfter: 600 }),
        // These calls are made twice.
        ...((kind === 'unauthorized' || kind === 'cut') && { times: 2 }),
      });
      const failure: unknown = await readRoster(client).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expectNoSecretIn(inspect(failure, { depth: Infinity }), campus);
    }
    expectNoSecretIn(
      inspect(client.accessToken, { depth: Infinity }) + JSON.stringify(client.accessToken),
      campus,
    );
  });

  it('an answer that echoes our assertion shows no secret', async () => {
    const platform = await LoopbackServer.start((response, { body }) =>
      response.writeHead(400).end(`<p>What is ${decodeURIComponent(body)}?</p>`),
    );
    try {
      const { registration } = await scene.campus();
      registration.tokenUrl = platform.url();
      const failure: unknown = await scene.oauth
        .authenticate(registration, {})
        .catch((error: unknown) => error);
      expect(platform.requests[0]?.body).toMatch(SECRETS);
      expect(log.text).toContain('What is');
      expectNoSecretIn(log.text);
      expectNoSecretIn(inspect(failure, { depth: Infinity }));
    } finally {
      await platform.stop();
    }
  });
});
