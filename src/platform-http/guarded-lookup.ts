import { lookup } from 'node:dns/promises';
import { type LookupFunction } from 'node:net';
import { type UrlPolicy } from '../common/url-policy.js';
import { type ResolveHost } from './platform-http.options.js';

/** The system's resolver, so that /etc/hosts and search domains count. */
export const systemResolve: ResolveHost = (hostname) => lookup(hostname, { all: true });

/**
 * The look-up of a connection to this origin. It hands the socket the very addresses that the policy has seen, so a name
 * cannot change between check and use. Sockets do not look up IP addresses: `UrlPolicy.check` decides those.
 */
export function guardedLookup(origin: URL, policy: UrlPolicy, resolve: ResolveHost): LookupFunction {
  return (hostname, options, callback) => {
    permittedAddresses(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, ''),
    );
  };

  async function permittedAddresses(hostname: string): Promise<[Address, ...Address[]]> {
    const [first, ...rest] = await resolve(hostname);
    if (first === undefined) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
    policy.assertReachable(
      origin,
      [first, ...rest].map(({ address }) => address),
    );
    return [first, ...rest];
  }
}

type Address = Awaited<ReturnType<ResolveHost>>[number];
