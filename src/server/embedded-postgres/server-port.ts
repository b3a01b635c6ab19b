import { createServer } from 'node:net';
import { type DataDirectory } from './data-directory.js';
import { EmbeddedPostgresFailed } from './embedded-postgres.errors.js';

const fileName = 'port';

/** The stored port of this directory if it is free, else another free one. Loopback only. */
export async function choosePort(directory: DataDirectory): Promise<number> {
  const remembered = Number(await directory.read(fileName));
  const usable = Number.isInteger(remembered) && remembered > 0 && remembered < 65_536;
  const port = (usable ? await tryPort(remembered) : undefined) ?? (await tryPort(0));
  if (port === undefined) throw new EmbeddedPostgresFailed('There is no free port on 127.0.0.1.');
  return port;
}

export async function rememberPort(directory: DataDirectory, port: number): Promise<void> {
  if (Number(await directory.read(fileName)) !== port) await directory.write(fileName, String(port));
}

/** The port, or for 0 any free one; undefined when it is taken. */
async function tryPort(wanted: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ port: wanted, host: '127.0.0.1' }, () => {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      server.close(() => resolve(port));
    });
  });
}
