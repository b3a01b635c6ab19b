import { type HttpReply, redirect, setHeaders } from '../common/http-reply.js';
import { type LaunchPage, sendPage } from './pages/launch-page.js';

/** What the browser gets after a launch. */
export type LaunchReply =
  | {
      /** An absolute http(s) URL, opened by GET. */
      redirectTo: string;
    }
  | (Pick<LaunchPage, 'html'> & Partial<LaunchPage>);

/** Answers the browser. Whatever it is, it is nobody else's, and tells nobody where it came from. */
export function sendReply(response: HttpReply, reply: LaunchReply): void {
  if ('html' in reply) {
    sendPage(response, reply);
    return;
  }
  if (!URL.canParse(reply.redirectTo)) {
    throw new TypeError(`The LaunchHandler's redirectTo is not an absolute URL: "${reply.redirectTo}".`);
  }
  setHeaders(response, { 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' });
  // 303: the form that was posted here must not be posted there.
  redirect(response, 303, reply.redirectTo);
}
