import { inspect } from 'node:util';
import { tokenRefusal } from './token-refusal.js';

const RECEIVED_AT = new Date('2026-01-05T08:00:00Z');
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ0b29sIn0.c2lnbmF0dXJl_-c2ln';

function refusal(body: string, status = 400, headers: Record<string, string> = {}) {
  return tokenRefusal({ status, body, headers, url: 'https://lms.example/token', receivedAt: RECEIVED_AT });
}

describe('a refusal of the token endpoint', () => {
  it("keeps the platform's error code and text and says what to check", () => {
    const error = refusal('{"error":"invalid_client","error_description":"There is no client 17."}', 401);
    expect(error).toMatchObject({
      code: 'token_request_refused',
      status: 502,
      platformError: 'invalid_client',
    });
    expect(error.message).toBe(
      'The platform refused our token request with 401 (invalid_client: There is no client 17.). ' +
        'Check the client id, the token URL and audience, and that the platform can fetch our key set.',
    );
  });

  it('is about scopes when its error code says so', () => {
    expect(refusal('{"error":"invalid_scope"}').isAboutScopes).toBe(true);
    expect(refusal('{"error":"invalid_client"}').isAboutScopes).toBe(false);
    expect(refusal('invalid_scope').isAboutScopes).toBe(false);
  });

  it.each([null, 17, {}])('keeps the error code beside a description of %j', (description) => {
    const error = refusal(JSON.stringify({ error: 'invalid_scope', error_description: description }));
    expect(error.isAboutScopes).toBe(true);
    expect(error.message).toContain('with 400 (invalid_scope).');
  });

  it("reads a refusal from Moodle's broken JSON", () => {
    const error = refusal('{\n  "error" : ""kid" invalid, unable to lookup correct key"\n}');
    expect(error.platformError).toBeUndefined();
    expect(error.message).toContain('"kid" invalid, unable to lookup correct key');
    expect(error.message).not.toContain('\n');
  });

  it('reads a refusal from an HTML page, without its markup', () => {
    const page =
      '<!DOCTYPE html><html><head><style>h1 { color: red }</style><title>Error</title></head>' +
      '<body><script>alert(1)</script><h1>Invalid   keyset</h1></body></html>';
    expect(refusal(page, 404).message).toContain('with 404 (Error Invalid keyset).');
  });

  it('says what to do when the refusal has no text', () => {
    expect(refusal('', 403).message).toMatch(/^The platform refused our token request with 403\. Check /);
  });

  it.each([
    ['JSON', JSON.stringify({ error: 'invalid_request', error_description: `Bad assertion ${JWT}!` })],
    ['broken JSON', `{"error": "bad "assertion" ${JWT}"`],
    ['a page', `<p>client_assertion=${JWT}&amp;scope=x</p>`],
    ['an error code', JSON.stringify({ error: `no ${JWT}` })],
  ])('removes our assertion from a refusal that echoes it in %s', (_, body) => {
    const error = refusal(body);
    expect(error.message).toContain('(token)');
    expect(`${error.message} ${error.stack} ${JSON.stringify(error.details())}`).not.toMatch(/eyJ|c2lnbmF0/);
    expect(inspect(error)).not.toMatch(/eyJ|c2lnbmF0/);
  });

  it('shortens a long refusal', () => {
    const { message } = refusal(`<p>${'word '.repeat(100_000)}</p>`);
    expect(message.length).toBeLessThan(500);
  });

  it('gives the time of the next attempt if the platform gave one', () => {
    expect(refusal('{}', 400, { 'retry-after': '120' }).retryAt).toEqual(new Date('2026-01-05T08:02:00Z'));
    expect(refusal('{}').retryAt).toBeUndefined();
  });
});
