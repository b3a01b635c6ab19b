import { environmentWarnings } from './environment-warnings.js';
import { loadEnvironment } from './load-environment.js';

const warnings = (variables: Record<string, string>) =>
  environmentWarnings(variables, loadEnvironment(variables));

describe('the warnings about the environment', () => {
  it('are none where nothing is suspicious', () => {
    expect(warnings({ PATH: '/bin', PUBLIC_URL: 'https://tool.example.edu' })).toEqual([]);
    expect(warnings({})).toEqual([]);
  });

  it('name a misspelt variable and what it was meant for, and do not stop the boot', () => {
    expect(warnings({ TOKEN_STROE: 'none', TOOL_URL: 'x' })).toEqual([
      'TOKEN_STROE is not a variable of nest-lti: did you mean TOKEN_STORE?',
      'TOOL_URL is not a variable of nest-lti: did you mean TOOL_URLS?',
    ]);
  });

  it.each(['http://tool.example.edu', 'http://10.0.0.1:3000'])(
    'say that plain http is not enough: %s',
    (PUBLIC_URL) => {
      expect(warnings({ PUBLIC_URL })).toEqual([expect.stringContaining(`PUBLIC_URL is ${PUBLIC_URL}: `)]);
    },
  );

  it.each(['http://localhost:3000', 'http://tool.localhost', 'http://127.0.0.1', 'http://[::1]:3000'])(
    'do not mention plain http on this machine: %s',
    (PUBLIC_URL) => expect(warnings({ PUBLIC_URL })).toEqual([]),
  );
});
