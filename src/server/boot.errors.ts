import { LtiError } from 'nest-lti';

/** The service could not listen where it was told to. */
export class ListenFailed extends LtiError {
  readonly code;
  readonly status = 500;

  /** @param cause the system's error of `listen` */
  constructor(host: string, port: number, cause: unknown) {
    const { code, advice } = reasonOf(cause, host, port);
    super(advice, { cause });
    this.code = code;
  }
}

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

/** SIGINT or SIGTERM came while the service started. */
export class BootInterrupted extends LtiError {
  readonly code = 'boot_interrupted';
  readonly status = 503;

  constructor(signal: NodeJS.Signals) {
    super(`${signal} came while the service started.`);
  }
}
