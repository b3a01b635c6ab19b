import { type HttpReply, redirect, setHeaders } from '../common/http-reply.js';
import { type DeepLinkResponseInput } from './deep-linking/content-item.schema.js';
import { type DeepLinkResponse } from './deep-linking/deep-linking.service.js';
import { hiddenFields, html } from './pages/html.js';
import { type LaunchPage, launchPage, sendPage } from './pages/launch-page.js';

/** The answer to the browser after a launch. */
export type LaunchReply =
  | {
      /** An absolute http(s) URL. The browser opens it by GET. */
      redirectTo: string;
    }
  | {
      /**
       * An absolute http(s) URL. A page of ours posts `fields` there as a form. The receiver must accept the form only if its
       * `Origin` header is the origin of `publicUrl`: only the browser that began the launch got that page.
       */
      postTo: string;
      fields: Readonly<Record<string, string>>;
    }
  | (Pick<LaunchPage, 'html'> & Partial<LaunchPage>);

/** The answer of a LaunchHandler. */
export type LaunchHandlerReply =
  | LaunchReply
  | {
      /** For an `LtiDeepLinkingRequest`: the content at once, without a page for the user to pick it. */
      deepLink: DeepLinkResponseInput;
    };

const FORM_ID = 'auto-submit';

/** Answers the browser. No cache may keep the answer, and the next site does not see where the browser came from. */
export function sendReply(response: HttpReply, reply: LaunchReply): void {
  if ('html' in reply) {
    sendPage(response, reply);
    return;
  }
  if ('postTo' in reply) {
    assertAbsolute('postTo', reply.postTo);
    sendPage(response, postPage(reply.postTo, reply.fields, OPENING));
    return;
  }
  assertAbsolute('redirectTo', reply.redirectTo);
  setHeaders(response, { 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' });
  // 303: the browser must not post the form again to the next URL.
  redirect(response, 303, reply.redirectTo);
}

/** The page that brings the signed response of a deep linking launch to the platform. */
export function deepLinkPage({ returnUrl, jwt }: Pick<DeepLinkResponse, 'returnUrl' | 'jwt'>): LaunchPage {
  return postPage(
    returnUrl,
    { JWT: jwt },
    { title: 'Returning to your course', button: 'Return to your course' },
  );
}

const OPENING = { title: 'Opening the activity', button: 'Open the activity' };

/**
 * A page that posts a form to another site at once; without scripts the user presses a button. The receiver sees the origin of this
 * page, so it can refuse the same form from a page of another site.
 */
function postPage(
  postTo: string,
  fields: Readonly<Record<string, string>>,
  { title, button }: typeof OPENING,
): LaunchPage {
  const page = launchPage({
    title,
    main: html`<p data-with-script>${title} …</p>
      <form id="${FORM_ID}" method="post" action="${postTo}">
        ${hiddenFields(fields)}
        <p data-without-script hidden><button>${button}</button></p>
      </form>`,
    script: { source: `document.getElementById('${FORM_ID}').submit();`, data: {} },
  });
  return { ...page, referrerPolicy: 'strict-origin' };
}

/** A relative URL would be one of this service, and a `javascript:` URL would run in the origin of this service. */
function assertAbsolute(field: string, url: string): void {
  if (URL.canParse(url) && /^https?:/i.test(url)) return;
  throw new TypeError(`The LaunchHandler's ${field} is not an absolute http(s) URL: "${url}".`);
}
