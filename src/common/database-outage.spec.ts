import { isDatabaseOutage } from './database-outage.js';

const withCode = (code: string): Error => Object.assign(new Error('of the database'), { code });

describe('an outage of the database', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', '08006', '57P01', '57P03', '53300', '3D000'])(
    'is told by the code %s',
    (code) => expect(isDatabaseOutage(withCode(code))).toBe(true),
  );

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Query read timeout',
  ])('is told by what the driver says: %s', (words) => expect(isDatabaseOutage(new Error(words))).toBe(true));

  it.each(['23505', '23503', '22021', '42P01', '40001'])('is not a statement that was refused: %s', (code) =>
    expect(isDatabaseOutage(withCode(code))).toBe(false),
  );

  it('is not just any error', () => {
    expect(isDatabaseOutage(new Error('connection'))).toBe(false);
    expect(isDatabaseOutage({ code: 'ECONNREFUSED' })).toBe(false);
    expect(isDatabaseOutage(undefined)).toBe(false);
  });
});
