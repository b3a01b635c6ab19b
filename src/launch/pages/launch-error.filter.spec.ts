import { Controller, Get, type INestApplication, Query, UseFilters } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { Unavailable } from '../../common/reactions.errors.js';
import { LaunchErrorFilter } from './launch-error.filter.js';

const CHROME = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
const RETRY_AT = new Date('2026-05-04T03:02:01Z');

const hostile = (message: string) =>
  new Unavailable({ code: 'hostile_issuer', message, specRef: 'SEC 5.1.1.1', retryAt: RETRY_AT });

@Controller('lti/launch')
@UseFilters(LaunchErrorFilter)
class FailingController {
  @Get()
  launch(@Query('iss') issuer: string): never {
    if (issuer === '') throw new TypeError('a bug with a secret in it');
    throw hostile(`No registration has the issuer "${issuer}".`);
  }
}

describe('the errors of a launch', () => {
  let app: INestApplication;
  beforeAll(async () => {
    const testing = await Test.createTestingModule({ controllers: [FailingController] }).compile();
    app = testing.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app.close());

  const launch = async (issuer: string, accept: string): Promise<request.Response> =>
    request(await app.getUrl())
      .get('/lti/launch')
      .query({ iss: issuer })
      .set('Accept', accept);

  it('are a page for a browser', async () => {
    const { status, headers, text } = await launch('<script>alert(1)</script>', CHROME);
    expect(status).toBe(503);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'retry-after': RETRY_AT.toUTCString(),
    });
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'nonce-/);
    expect(text).toContain('issuer &quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot;');
    expect(text).not.toContain('<script');
    expect(text).toContain('hostile_issuer');
    expect(text).toContain('SEC 5.1.1.1');
  });

  it.each(['application/json', '*/*', 'application/problem+json, text/html;q=0.5', 'image/png'])(
    'are problem details where Accept is %s',
    async (accept) => {
      const { status, headers, text } = await launch('<b>', accept);
      expect(status).toBe(503);
      expect(headers['content-type']).toMatch('application/problem+json');
      expect(headers['retry-after']).toBe(RETRY_AT.toUTCString());
      expect(JSON.parse(text)).toMatchObject({ code: 'hostile_issuer', specRef: 'SEC 5.1.1.1', status: 503 });
    },
  );

  it('do not show the message of an unforeseen error', async () => {
    const { status, text } = await launch('', CHROME);
    expect(status).toBe(500);
    expect(text).toContain('internal_error');
    expect(text).not.toContain('secret');
  });
});
