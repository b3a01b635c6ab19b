import { randomBytes } from 'node:crypto';
import { escapeHtml } from './html.js';
import { type Answer } from '../http/http-exchange.js';
import { platformStyle } from './platform-style.js';

/** An HTML page. Every text in it is escaped already. */
export interface Page {
  readonly status?: number;
  readonly title: string;
  readonly body: string;
  /** The script at the end of the page. */
  readonly script?: string;
  /** Whether the page may show frames of any origin, since tools can be anywhere. */
  readonly showsFrames?: boolean;
  /** Whether a form of the page may lead to any origin, since tools can be anywhere. */
  readonly leavesByForm?: boolean;
}

/** The page, with a policy that allows only the script and style in it. */
export function pageAnswer({ status = 200, title, body, script, showsFrames, leavesByForm }: Page): Answer {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "base-uri 'none'",
    `form-action ${leavesByForm === true ? 'http: https:' : "'self'"}`,
    ...(showsFrames === true ? ['frame-src http: https:'] : []),
  ];
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'cache-control': 'no-store',
    },
    body: `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style nonce="${nonce}">${platformStyle}</style>
</head>
<body>
${body}
${script === undefined ? '' : `<script nonce="${nonce}">${script}</script>`}
</body>
</html>
`,
  };
}
