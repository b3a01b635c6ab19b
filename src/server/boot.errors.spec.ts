import { bootErrors } from './boot.errors.js';

const systemError = (code: string) => Object.assign(new Error(code), { code });

describe('a failure to listen', () => {
  it.each([
    ['EADDRINUSE', 'port_in_use', 'set PORT to a free port'],
    ['EACCES', 'port_forbidden', 'Set PORT to 1024 or above'],
    ['EADDRNOTAVAIL', 'host_unknown', '0.0.0.0 or ::'],
    ['ENOTFOUND', 'host_unknown', '0.0.0.0 or ::'],
    ['EMFILE', 'listen_failed', 'EMFILE'],
  ])('by %s has the code %s and says what to do', (systemCode, code, advice) => {
    const error = bootErrors.listenFailed('tool.example.edu', 80, systemError(systemCode));
    expect(error).toMatchObject({ code, message: expect.stringContaining(advice) });
    expect(error.message).not.toContain('\n');
  });
});
