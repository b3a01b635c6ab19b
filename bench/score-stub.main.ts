import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

const TOKEN = JSON.stringify({ access_token: 'x'.repeat(43), token_type: 'Bearer', expires_in: 3600 });

/** A platform that accepts every score, as fast as Node can. It sends its port to its parent, and ends with it. */
const server = createServer((request, response) => {
  const answer = (): void => {
    if (request.url === '/token') response.writeHead(200, { 'content-type': 'application/json' }).end(TOKEN);
    else response.writeHead(204).end();
  };
  request.on('end', answer).resume();
});
process.on('disconnect', () => process.exit());
await once(server.listen(0, '127.0.0.1'), 'listening');
process.send?.((server.address() as AddressInfo).port);
