import { type Variables } from 'nest-lti/internal';
import { type Environment, environmentNames } from './environment.schema.js';
import { misspeltVariables } from './misspelt-variables.js';

/** What is suspicious in the environment but does not stop the boot, each in one line. */
export function environmentWarnings(variables: Variables, { PUBLIC_URL }: Environment): string[] {
  // Never more than a warning: containers carry other programs' variables.
  const misspelt = misspeltVariables(variables, environmentNames).map(
    ({ name, message }) => `${name} ${message}`,
  );
  if (PUBLIC_URL === undefined || !isPlainHttp(PUBLIC_URL)) return misspelt;
  return [
    ...misspelt,
    `PUBLIC_URL is ${PUBLIC_URL}: platforms launch https tools only, and browsers keep no cookie of a plain http tool in a frame. Set it to the https URL of the proxy in front.`,
  ];
}

/** Plain http, and not this machine. */
function isPlainHttp(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
