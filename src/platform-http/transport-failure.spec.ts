import { inspect } from 'node:util';
import { PlatformTimeout, PlatformUnreachable } from './platform-http.errors.js';
import { explainFailure } from './transport-failure.js';

const URL_WITH_SECRET = new URL('https://lms.example/token?key=hunter2');
const explain = (code: string): unknown =>
  explainFailure(Object.assign(new Error('raw'), { code }), URL_WITH_SECRET, 10);

it.each([
  ['ENOTFOUND', 'name_not_found'],
  ['EAI_AGAIN', 'name_not_found'],
  ['ECONNREFUSED', 'connection_refused'],
  ['ECONNRESET', 'connection_cut'],
  ['UND_ERR_SOCKET', 'connection_cut'],
  ['CERT_HAS_EXPIRED', 'certificate'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
  ['EPROTO', 'tls'],
  ['Z_DATA_ERROR', 'broken_answer'],
  ['EHOSTUNREACH', 'other'],
])('explains %s as %s', (code, reason) => {
  const failure = explain(code);
  expect(failure).toBeInstanceOf(PlatformUnreachable);
  expect(failure).toMatchObject({ reason, systemCode: code, cause: { message: 'raw' } });
});

it.each([
  ['UND_ERR_CONNECT_TIMEOUT', 'connect'],
  ['ETIMEDOUT', 'connect'],
  ['UND_ERR_HEADERS_TIMEOUT', 'headers'],
  ['UND_ERR_BODY_TIMEOUT', 'body'],
])('reports %s as a time-out of the %s', (code, phase) => {
  expect(explain(code)).toBeInstanceOf(PlatformTimeout);
  expect(explain(code)).toMatchObject({ phase });
});

it('names the host and the path, and never the query', () => {
  for (const code of ['ECONNREFUSED', 'ETIMEDOUT', 'ERR_BUFFER_TOO_LARGE']) {
    const failure = explain(code) as Error;
    expect(failure.message).toContain('lms.example/token ');
    expect(inspect(failure)).not.toContain('hunter2');
    expect(JSON.stringify(failure)).not.toContain('hunter2');
  }
  expect(explain('ERR_BUFFER_TOO_LARGE')).toMatchObject({ code: 'platform_response_too_large' });
});

it('keeps the text of a broken answer out of the cause of the error', () => {
  const broken = Object.assign(new Error('Expected HTTP/'), { name: 'HTTPParserError', data: 'hunter2' });
  const failure = explainFailure(broken, URL_WITH_SECRET, 10);
  expect(failure).toMatchObject({ reason: 'broken_answer', cause: { message: 'Expected HTTP/' } });
  expect((failure as Error).cause).not.toHaveProperty('data');
});

it('rethrows programming errors unchanged', () => {
  const mistake = Object.assign(new Error('invalid header'), { code: 'UND_ERR_INVALID_ARG' });
  expect(explainFailure(mistake, URL_WITH_SECRET, 10)).toBe(mistake);
});
