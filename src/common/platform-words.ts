import { withoutUnstorable } from './storable-text.js';

const MAX_READ = 4096;
const MAX_WORDS = 200;

/** The text of an answer that may be a page: error pages are HTML, and Moodle's errors are not always JSON. */
export function readable(body: string): string {
  return body
    .slice(0, MAX_READ)
    .replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A platform's text for a message or a log: one line, bounded, and without tokens, because platforms echo the request. */
export function harmless(words: string): string {
  const line = words
    .slice(0, MAX_READ)
    .replace(/\bBearer\s+[\w~+/.=-]{16,}/gi, 'Bearer (token)')
    .replace(/eyJ[\w-]*(?:\.[\w-]*)*/g, '(token)')
    .replace(/\s+/g, ' ')
    .replace(/\p{C}/gu, '')
    .trim()
    .slice(0, MAX_WORDS);
  // The cut may have split a surrogate pair.
  return withoutUnstorable(line);
}
