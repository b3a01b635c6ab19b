import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type PlatformRequest } from './http-exchange.js';

const largestBodyBytes = 16 * 1024 * 1024;

/** Reads a request; undefined when its address is not valid or its body is too large. */
export async function readRequest(
  message: IncomingMessage,
  response: ServerResponse,
  platformUrl: string,
  stopped: AbortSignal,
): Promise<PlatformRequest | undefined> {
  const target = `${platformUrl}${message.url ?? '/'}`;
  // The absolute form of RFC 9112 3.2.2 is for proxies; appended to our address it is not a valid URL.
  if (!URL.canParse(target)) return undefined;
  const bytes = await readBody(message);
  if (bytes === undefined) return undefined;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return {
    method: message.method ?? 'GET',
    url: new URL(target),
    headers: message.headers,
    body: bytes.toString('utf8'),
    bytes,
    address: message.socket.remoteAddress ?? '',
    signal: AbortSignal.any([gone.signal, stopped]),
  };
}

async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > largestBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
