import { QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { isDatabaseOutage } from './database-outage.js';

const withCode = (code: string): Error => Object.assign(new Error('of the database'), { code });

describe('an outage of the database', () => {
  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    '08006',
    '57P01',
    '57P02',
    '57P03',
    '57P05',
    '53300',
    '3D000',
    '25006',
    '25P03',
    'EPIPE',
    'ECONNABORTED',
    'ERR_STREAM_DESTROYED',
  ])('is recognized by the error code %s', (code) => expect(isDatabaseOutage(withCode(code))).toBe(true));

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Connection terminated',
    'timeout expired',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'Cannot use a pool after calling end on the pool',
    'Query read timeout',
  ])('is recognized by the text of the driver: %s', (words) =>
    expect(isDatabaseOutage(new Error(words))).toBe(true),
  );

  it.each(['23505', '23503', '22021', '42P01', '40001'])(
    'does not include a statement that was refused: %s',
    (code) => expect(isDatabaseOutage(withCode(code))).toBe(false),
  );

  it.each([new QueryRunnerAlreadyReleasedError(), new QueryRunnerProviderAlreadyReleasedError()])(
    'is recognized by the query runner whose connection broke: %s',
    (error) => expect(isDatabaseOutage(error)).toBe(true),
  );

  it('does not include other errors', () => {
    expect(isDatabaseOutage(new Error('connection'))).toBe(false);
    expect(isDatabaseOutage({ code: 'ECONNREFUSED' })).toBe(false);
    expect(isDatabaseOutage(undefined)).toBe(false);
  });
});
