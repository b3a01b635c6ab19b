import { serverFinding } from './database-check.js';

describe('the finding about the database server', () => {
  const server = { number: 140_000, version: '14.0', nowMs: '0', isReadOnly: false };

  it('fails for a server that is older than PostgreSQL 14', () => {
    const old = serverFinding({ ...server, number: 130_099, version: '13.99' }, 'db:5432');
    expect(old).toMatchObject({ outcome: 'failed', code: 'database_too_old', details: { version: '13.99' } });
    expect(old.message).toBe('PostgreSQL 13.99 at db:5432 is too old. Upgrade it to version 14 or later.');
    expect(serverFinding(server, 'db:5432').code).toBe('database_reachable');
  });
});
