import { once } from 'node:events';

/** Resolves when the demo is asked to end: by Ctrl-C, or by SIGTERM. */
export const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
