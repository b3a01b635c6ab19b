import { type IncomingHttpHeaders } from 'node:http';

/** One HTTP request with its body. */
export interface PlatformRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The raw body. */
  readonly bytes: Buffer;
  /** The address of the caller. */
  readonly address: string;
  /** Aborts when the caller disconnects or the platform stops. */
  readonly signal: AbortSignal;
}

/** An answer of the platform, before a fault changes it. */
export interface Answer {
  readonly status: number;
  readonly statusText?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function jsonAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}

export function htmlAnswer(status: number, title: string, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
    body: `<!DOCTYPE html>\n<html>\n<head><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n</body>\n</html>`,
  };
}

/** The token of an `Authorization: Bearer` header (RFC 6750 2.1), or undefined. */
export function bearerToken(headers: IncomingHttpHeaders): string | undefined {
  return /^Bearer +([\w~+/.=-]+) *$/i.exec(headers.authorization ?? '')?.[1];
}

/** The media type of a header's value, without parameters. */
export function mediaType(header: string | undefined): string {
  return (header ?? '').split(';', 1).join('').trim().toLowerCase();
}
