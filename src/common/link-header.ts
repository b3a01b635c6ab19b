export interface Link {
  /** One relation type, lower-case. A link with several of them is listed once for each. */
  rel: string;
  /** As the platform wrote it: its case is kept, it may be relative, and it is not checked. */
  url: string;
}

/** A link target, a quoted string (its closing quote may be missing), a separator, or a word. */
const TOKEN = /<[^<>]*>|"(?:[^"\\]|\\.)*\\?"?|[;,=]|[^\s;,="<>]+/gs;
/** Moodle quotes with curly quotes; header bytes are read as latin1, so they mostly arrive as three characters each. */
const QUOTES = /["'\u201c\u201d]|\u00e2\u0080[\u009c\u009d]/g;

/**
 * The links of a Link header (RFC 8288), several headers joined by commas. More tolerant than the grammar, and never throws:
 * what cannot be read is no link. Written here because the packages tried lose links to legal input, such as a parameter
 * without a value or a space before the comma; and a lost `next` makes a roster look complete.
 */
export function parseLinks(header: string | undefined): Link[] {
  const links: Link[] = [];
  let url: string | undefined;
  let relSeen = false;
  let parameter = '';
  let inValue = false;
  for (const [token] of (header ?? '').matchAll(TOKEN)) {
    if (token.startsWith('<')) {
      url = unescapeUrl(token.slice(1, -1)) || undefined;
      [relSeen, parameter, inValue] = [false, '', false];
    } else if (token === ',') {
      url = undefined;
    } else if (token === ';') {
      // RFC 8288 3.3: of several rel parameters only the first counts.
      relSeen ||= parameter === 'rel';
      [parameter, inValue] = ['', false];
    } else if (token === '=') {
      inValue = true;
    } else if (!inValue) {
      parameter = token.toLowerCase();
    } else if (url !== undefined && parameter === 'rel' && !relSeen) {
      for (const rel of relationTypes(token)) links.push({ rel, url });
    }
  }
  return links;
}

/** The URL of the first link with this relation type, or undefined. */
export function findLink(header: string | undefined, rel: string): string | undefined {
  return parseLinks(header).find((link) => link.rel === rel.toLowerCase())?.url;
}

/**
 * Whether the header speaks of this relation type anywhere but in a URL or in another parameter, such as a title. With no
 * link of that type to be found, the header is broken: a list goes on, and the place where it goes on cannot be read.
 */
export function speaksOf(header: string | undefined, rel: string): boolean {
  let inLink = false;
  let parameter = '';
  let inValue = false;
  for (const [token] of (header ?? '').matchAll(TOKEN)) {
    if (token.startsWith('<')) {
      if (REL_WITHIN.test(token) && wordsOf(token).includes(rel)) return true;
      [inLink, parameter, inValue] = [true, '', false];
    } else if (token === ',') {
      [inLink, parameter, inValue] = [false, '', false];
    } else if (token === ';') {
      [parameter, inValue] = ['', false];
    } else if (token === '=') {
      inValue = true;
    } else {
      const isOfAnother = inLink && inValue && parameter !== 'rel';
      if (!isOfAnother && wordsOf(token).includes(rel)) return true;
      if (!inValue) parameter = token.toLowerCase();
    }
  }
  return false;
}

/** A parameter inside the angle brackets. */
const REL_WITHIN = /\brel\s*=/i;

function wordsOf(text: string): string[] {
  return text
    .replace(QUOTES, ' ')
    .toLowerCase()
    .split(/[\s<>:;,={}[\]\\]+/);
}

function relationTypes(value: string): string[] {
  return value
    .replace(QUOTES, '')
    .toLowerCase()
    .split(/\s+/)
    .filter((rel) => rel !== '');
}

/** Moodle escapes the URL as if it stood in HTML. */
function unescapeUrl(url: string): string {
  return url.trim().replaceAll('&amp;', '&');
}
