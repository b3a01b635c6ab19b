import { createServer } from 'node:net';

/** The preferred port, or any other when that is taken; 0 for any. */
export async function freePort(usual: number): Promise<number> {
  for (const port of [usual, 0]) {
    const server = createServer();
    const found = await new Promise<number | undefined>((resolve) => {
      server.once('error', () => resolve(undefined));
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' ? address?.port : undefined);
      });
    });
    await new Promise((resolve) => server.close(resolve));
    if (found !== undefined) return found;
  }
  throw new Error('There is no free port.');
}
