import { type Answer, htmlAnswer, jsonAnswer, mediaType, type PlatformRequest } from './http-exchange.js';
import { type ServiceRefusal } from '../families/refusals.js';
import { scoreMediaType } from '../service-constants.js';

/** The parts of a request that some refusals repeat. */
export interface RefusedRequest {
  readonly method: string;
  readonly pathAndQuery: string;
  readonly accept: string | undefined;
  readonly contentType: string;
}

export function refusedRequest({ method, url, headers }: PlatformRequest): RefusedRequest {
  return {
    method,
    pathAndQuery: `${url.pathname}${url.search}`,
    accept: headers.accept,
    contentType: mediaType(headers['content-type']),
  };
}

/** The answer to a refused request in the form of the family. `values` replace the placeholders of its message. */
export function refusalAnswer(
  refusal: ServiceRefusal,
  reason: string,
  request: RefusedRequest,
  values: Readonly<Record<string, string>> = {},
): Answer {
  const headers = { ...refusal.headers };
  const { status } = refusal;
  const code = refusal.error ?? reason;
  const message = filledIn(refusal.message, { ...requestValues(request), ...values });
  switch (refusal.body) {
    case 'none':
      return { status, headers, body: '' };
    case 'html':
      return htmlAnswer(status, message, headers);
    case 'error':
      return jsonAnswer(status, { error: message }, headers);
    case 'text':
      return {
        status,
        headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' },
        body: message,
      };
    case 'explained':
      return jsonAnswer(status, { error: code, explanation: message }, headers);
    case 'canvas':
      return jsonAnswer(
        status,
        { errors: { type: status === 401 ? 'unauthorized' : code, message } },
        headers,
      );
    case 'oauth':
      return jsonAnswer(status, { error: code, error_description: message }, headers);
    case 'moodle':
      return moodleRefusal(status, message, request);
    case 'moodle-score':
      return moodleScoreRefusal(status, message);
  }
}

function requestValues(request: RefusedRequest): Record<string, string> {
  return {
    path: /services\.php([^?]*)/.exec(request.pathAndQuery)?.[1] ?? '',
    accept: request.accept ?? '',
    contentType: request.contentType,
  };
}

function filledIn(message: string, values: Readonly<Record<string, string>>): string {
  return message.replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder);
}

function moodleRefusal(status: number, reason: string, request: RefusedRequest): Answer {
  const { method, pathAndQuery: url, accept, contentType } = request;
  const body = {
    status,
    reason,
    request: { method, url, ...(accept === undefined ? {} : { accept }), contentType },
  };
  return {
    ...jsonAnswer(status, body),
    // An address or an Accept header can contain characters that a status line cannot.
    statusText: reason.replace(/[^\x20-\x7e]/g, '?').trim(),
    body: JSON.stringify(body, undefined, 4),
  };
}

// The text is only in the status line, together with the score as it was sent.
function moodleScoreRefusal(status: number, message: string): Answer {
  const latin1 = Buffer.from(message, 'utf8').toString('latin1');
  return {
    status,
    statusText: latin1.replace(/[^\x20-\x7e\x80-\xff]/g, ' ').slice(0, longestStatusText),
    headers: { 'content-type': `${scoreMediaType}; charset=utf-8` },
    body: '[]',
  };
}

// Clients limit the size of the headers; a long comment there would cause another error.
const longestStatusText = 1000;
