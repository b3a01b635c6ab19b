import { randomBytes } from 'node:crypto';
import { type HttpReply, send, setHeaders } from '../../common/http-reply.js';
import { type Html, html, jsonForScript, trustedHtml } from './html.js';
import { noScriptStyle, pageStyle } from './page-style.js';

/** A complete page. Send it once: the nonce of its policy is for one answer. */
export type LaunchPage = {
  html: string;
  contentSecurityPolicy: string;
  status: number;
  /** `no-referrer` if missing. */
  referrerPolicy?: 'same-origin' | 'strict-origin';
};

export interface PageParts {
  title: string;
  /** The content of `<main>`. */
  main: Html;
  /** 200 if missing. */
  status?: number;
  script?: { source: string; data: unknown };
}

/** A page whose policy allows only its own script and style. */
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

/** Sends the page. It may have a login or an id_token, so no cache keeps it and no other site gets its URL. */
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

// Plain strings from here: the rules for escaping markup do not apply inside these elements.

function styleElements(nonce: string): Html {
  return trustedHtml(`<style nonce="${nonce}">${pageStyle}</style>
<noscript><style nonce="${nonce}">${noScriptStyle}</style></noscript>`);
}

function scriptElements({ source, data }: { source: string; data: unknown }, nonce: string): Html {
  return trustedHtml(`<script type="application/json" id="launch-data" nonce="${nonce}">${jsonForScript(data)}</script>
<script nonce="${nonce}">${source}</script>`);
}

// No form-action: Chrome applies it to the redirects after a form, which lead to the platform. No frame-ancestors: platforms show
// these pages in frames.
function policy(nonce: string): string {
  return `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'`;
}
