import { type Logger } from '@nestjs/common';
import { Readable } from 'node:stream';
import { goneSignal, type HttpReply, sendStream } from '../common/http-reply.js';
import { passedHeaders } from './passed-headers.js';
import { type PlatformResponse, type PlatformStream } from './platform-request.js';

/**
 * Passes a platform's answer on to a caller of the REST API. The call ends when its caller disconnects.
 *
 * @param call whose answer is passed on, such as `a user`: for the log
 * @throws what `send` throws before the answer begins
 */
export async function passAnswer(
  reply: HttpReply,
  { logger, call }: { logger: Logger; call: string },
  send: (signal: AbortSignal) => Promise<PlatformResponse | PlatformStream>,
): Promise<void> {
  const gone = goneSignal(reply);
  try {
    const { status, headers, body } = await send(gone);
    const bytes = typeof body === 'string' ? Readable.from([Buffer.from(body)]) : body;
    bytes.once('error', (error) => {
      if (!gone.aborted)
        logger.warn(`A platform ended its answer to a call of ${call} too early: ${String(error)}`);
    });
    await sendStream(reply, status, passedHeaders(status, headers), bytes);
  } catch (error) {
    if (!gone.aborted) throw error;
  }
}
