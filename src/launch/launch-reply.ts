import { type HttpReply, redirect, setHeaders } from '../common/http-reply.js';
import { type LaunchPage, sendPage } from './pages/launch-page.js';
import { postPage } from './pages/post.page.js';

/** What the browser gets after a launch. */
export type LaunchReply =
  | {
      /** An absolute http(s) URL, opened by GET. */
      redirectTo: string;
    }
  | {
      /**
       * An absolute http(s) URL, to which a page of ours posts `fields` as a form. The receiver accepts the form only when its
       * `Origin` header is the origin of `publicUrl`: only that page was sent to the browser that began the launch.
       */
      postTo: string;
      fields: Readonly<Record<string, string>>;
    }
  | (Pick<LaunchPage, 'html'> & Partial<LaunchPage>);

/** Answers the browser. Whatever it is, it is nobody else's, and tells nobody where it came from. */
export function sendReply(response: HttpReply, reply: LaunchReply): void {
  if ('html' in reply) {
    sendPage(response, reply);
    return;
  }
  if ('postTo' in reply) {
    assertAbsolute('postTo', reply.postTo);
    sendPage(response, postPage(reply));
    return;
  }
  assertAbsolute('redirectTo', reply.redirectTo);
  setHeaders(response, { 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' });
  // 303: the form that was posted here must not be posted there.
  redirect(response, 303, reply.redirectTo);
}

/** A relative URL would be one of the platform's page or of ours, and a script's URL would run in our origin. */
function assertAbsolute(field: string, url: string): void {
  if (URL.canParse(url) && /^https?:/i.test(url)) return;
  throw new TypeError(`The LaunchHandler's ${field} is not an absolute http(s) URL: "${url}".`);
}
