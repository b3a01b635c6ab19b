import { type HttpReply, setHeaders } from '../common/http-reply.js';
import { LaunchNotPosted } from './launch.errors.js';

/** The error for a launch URL that is opened by GET, with the header that goes with it (RFC 9110 15.5.6). */
export function launchByGet(reply: HttpReply): LaunchNotPosted {
  setHeaders(reply, { Allow: 'POST' });
  return new LaunchNotPosted();
}
