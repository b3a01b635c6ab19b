import { randomBytes } from 'node:crypto';
import { escapeHtml } from './html.js';
import { type Answer } from '../http/http-exchange.js';

/** An HTML page. Every text in it is escaped already. */
interface Page {
  readonly status?: number;
  readonly title: string;
  readonly body: string;
  /** The script at the end of the page. */
  readonly script?: string;
  readonly style?: string;
  /** Whether the page may show frames of any origin, since tools can be anywhere. */
  readonly showsFrames?: boolean;
}

/** The page, with a policy that allows only the script and style in it. */
export function pageAnswer({ status = 200, title, body, script, style, showsFrames }: Page): Answer {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "base-uri 'none'",
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
${style === undefined ? '' : `<style nonce="${nonce}">${style}</style>`}
</head>
<body>
${body}
${script === undefined ? '' : `<script nonce="${nonce}">${script}</script>`}
</body>
</html>
`,
  };
}
