import { type HttpReply, setHeaders } from '../common/http-reply.js';
import { type LaunchRefused } from '../common/reactions.errors.js';
import { launchErrors } from './launch.errors.js';

/** The error for a launch URL that is opened by GET. Sets the header that RFC 9110 15.5.6 requires. */
export function launchByGet(reply: HttpReply): LaunchRefused {
  setHeaders(reply, { Allow: 'POST' });
  return launchErrors.notPosted();
}
