import { environmentNames } from './environment.schema.js';
import { misspeltVariables } from './misspelt-variables.js';

const faults = (name: string, value = 'x') => misspeltVariables({ [name]: value }, environmentNames);

describe('a variable that is not ours', () => {
  it.each([
    ['TOKEN_STROE', 'TOKEN_STORE'],
    ['TOKENSTORE', 'TOKEN_STORE'],
    ['TOKEN__STORE', 'TOKEN_STORE'],
    ['ENCRYPTION_KEY', 'ENCRYPTION_KEYS'],
    ['ENCRYPTION_KEY_FILE', 'ENCRYPTION_KEYS_FILE'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['DATABASE_URL_FIL', 'DATABASE_URL_FILE'],
    ['ALLOW_PRIVATE_HOSTS', 'ALLOWED_PRIVATE_HOSTS'],
    ['ALLOW_PRIVATE_NETWORK', 'ALLOW_PRIVATE_NETWORKS'],
    ['DATADIR', 'DATA_DIR'],
    ['ADMIN_APIKEY', 'ADMIN_API_KEY'],
    ['TRUSTED_PROXY', 'TRUST_PROXY'],
  ])('is reported as a misspelling: %s', (name, meant) => {
    expect(faults(name)).toEqual([
      { name, message: `is not a variable of nest-lti: did you mean ${meant}?` },
    ]);
  });

  it.each([
    'PATH',
    'HOME',
    'HOSTNAME',
    'HOSTFILE',
    'HOSTS',
    'PORTS',
    'NODE_ENV',
    'NODE_OPTIONS',
    'LOG_FILE',
    'DATABASE_SSL',
    'DATABASE_USER',
    'DATABASE_NAME',
    'DATABASE_PORT',
    'XDG_DATA_DIRS',
    'PGDATA',
    'npm_config_database_url',
    'PUBLIC_KEY',
    'ADMIN_API_URL',
  ])('is not reported: %s', (name) => expect(faults(name)).toEqual([]));

  it.each(environmentNames)('is not reported when it is a variable of ours: %s', (name) => {
    expect(faults(name)).toEqual([]);
    expect(faults(`${name}_FILE`)).toEqual([]);
  });

  it('is not reported while it is empty', () => expect(faults('TOKEN_STROE', '')).toEqual([]));
});
