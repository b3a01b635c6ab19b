import { type HttpReply, setHeaders } from '../common/http-reply.js';
import { type LaunchRefused } from '../common/reactions.errors.js';
import { launchErrors } from './launch.errors.js';

/** The error for a launch URL that is opened by GET, with the header that goes with it (RFC 9110 15.5.6). */
export function launchByGet(reply: HttpReply): LaunchRefused {
  setHeaders(reply, { Allow: 'POST' });
  return launchErrors.notPosted();
}
