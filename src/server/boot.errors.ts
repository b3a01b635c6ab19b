import { ConfigurationInvalid, Unavailable } from 'nest-lti';

export const bootErrors = {
  /**
   * The service could not listen on its host and port.
   *
   * @param cause the system's error of `listen`
   */
  listenFailed: (host: string, port: number, cause: unknown) => {
    const { code, advice } = reasonOf(cause, host, port);
    return new ConfigurationInvalid({ code, message: advice, cause });
  },
  /** SIGINT or SIGTERM came while the service started. */
  interrupted: (signal: NodeJS.Signals) =>
    new Unavailable({
      code: 'boot_interrupted',
      message: `The service received ${signal} while it started.`,
    }),
};

function reasonOf(cause: unknown, host: string, port: number): { code: string; advice: string } {
  const systemCode = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  switch (systemCode) {
    case 'EADDRINUSE':
      return {
        code: 'port_in_use',
        advice: `Another program listens on port ${port} of ${host}. Stop it, or set PORT to a free port.`,
      };
    case 'EACCES':
      return {
        code: 'port_forbidden',
        advice: `This user may not listen on port ${port}. Set PORT to 1024 or above, or let a proxy listen there.`,
      };
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        code: 'host_unknown',
        advice: `HOST is ${host}, which is not an address of this machine. Set it to one, or to 0.0.0.0 or :: for all of them.`,
      };
    default:
      return { code: 'listen_failed', advice: `Cannot listen on port ${port} of ${host}: ${String(cause)}.` };
  }
}
