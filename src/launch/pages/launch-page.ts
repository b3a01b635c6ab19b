import { randomBytes } from 'node:crypto';
import { type HttpReply, send, setHeaders } from '../../common/http-reply.js';
import { type Html, html, jsonForScript, trustedHtml } from './html.js';
import { noScriptStyle, pageStyle } from './page-style.js';

/** A page of ours, whole. The policy's nonce is that of this one page: it must not be sent twice. */
export type LaunchPage = {
  html: string;
  contentSecurityPolicy: string;
  status: number;
  /** `no-referrer` if missing. */
  referrerPolicy?: 'same-origin' | 'strict-origin';
};

export interface PageParts {
  title: string;
  /** What stands in `<main>`. */
  main: Html;
  /** 200 if missing. */
  status?: number;
  script?: { source: string; data: unknown };
}

/** A page with a policy that lets nothing run and nothing load but what we put into it. */
export function launchPage({ title, main, status = 200, script }: PageParts): LaunchPage {
  const nonce = randomBytes(16).toString('base64');
  const page = html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${styleElements(nonce)}
      </head>
      <body>
        <main aria-live="polite">${main}</main>
        ${script && scriptElements(script, nonce)}
      </body>
    </html> `;
  return { html: page.markup, contentSecurityPolicy: policy(nonce), status };
}

/** Sends the page, which may hold a login or a proof: nobody is to keep it, or to see where it was. */
export function sendPage(
  reply: HttpReply,
  {
    html: markup,
    contentSecurityPolicy,
    status = 200,
    referrerPolicy,
  }: Pick<LaunchPage, 'html'> & Partial<LaunchPage>,
): void {
  setHeaders(reply, {
    ...(contentSecurityPolicy !== undefined && { 'Content-Security-Policy': contentSecurityPolicy }),
    'Cache-Control': 'no-store',
    'Referrer-Policy': referrerPolicy ?? 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  });
  send(reply, status, 'text/html', markup);
}

// Plain strings from here: there is nothing to escape by the rules of markup, which do not hold inside of these elements.

function styleElements(nonce: string): Html {
  return trustedHtml(`<style nonce="${nonce}">${pageStyle}</style>
<noscript><style nonce="${nonce}">${noScriptStyle}</style></noscript>`);
}

function scriptElements({ source, data }: { source: string; data: unknown }, nonce: string): Html {
  return trustedHtml(`<script type="application/json" id="launch-data" nonce="${nonce}">${jsonForScript(data)}</script>
<script nonce="${nonce}">${source}</script>`);
}

// No form-action: Chrome applies it to the redirects that follow a form, which lead to the platform. No frame-ancestors: platforms
// show us in frames.
function policy(nonce: string): string {
  return `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'`;
}
