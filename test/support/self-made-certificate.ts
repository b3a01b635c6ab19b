import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SelfMadeCertificate {
  /** The paths of its private key and of the certificate, in PEM. */
  key: string;
  certificate: string;
  /** Arguments of redis-server for TLS with this certificate. Clients need none. */
  redisArgs(port: number): string[];
  /** The certificate that a client has to trust. */
  ca: Buffer;
  remove(): void;
}

/** A self-signed certificate for 127.0.0.1, from openssl. */
export function makeCertificate(): SelfMadeCertificate {
  const directory = mkdtempSync(join(tmpdir(), 'nest-lti-tls-'));
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-keyout', key, '-out', certificate],
      ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ],
    { stdio: 'ignore' },
  );
  return {
    key,
    certificate,
    redisArgs: (port) => [
      ...['--tls-port', String(port), '--tls-auth-clients', 'no'],
      ...['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate],
    ],
    ca: readFileSync(certificate),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
