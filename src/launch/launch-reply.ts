import { type Response } from 'express';
import { type LaunchPage, sendPage } from './pages/launch-page.js';

/** What the browser gets after a launch. */
export type LaunchReply =
  | {
      /** An absolute http(s) URL, opened by GET. */
      redirectTo: string;
    }
  | (Pick<LaunchPage, 'html'> & Partial<LaunchPage>);

/** Answers the browser. Whatever it is, it is nobody else's, and tells nobody where it came from. */
export function sendReply(response: Response, reply: LaunchReply): void {
  if ('html' in reply) {
    sendPage(response, reply);
    return;
  }
  response.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' });
  // 303: the form that was posted here must not be posted there.
  response.redirect(303, reply.redirectTo);
}
