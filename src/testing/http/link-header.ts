import { type LinkStyle } from '../families/paging-quirks.js';

export interface PageLink {
  readonly rel: string;
  readonly url: string;
}

/** The Link header (RFC 8288), in good style or bad; undefined without links. */
export function linkHeader(links: readonly PageLink[], style: LinkStyle): string | undefined {
  if (links.length === 0) return undefined;
  return links.map(({ rel, url }) => `<${ampersands(url, style)}>; rel=${quoted(rel, style)}`).join(', ');
}

function ampersands(url: string, { ampersand }: Pick<LinkStyle, 'ampersand'>): string {
  return ampersand === 'escaped' ? url.replaceAll('&', '&amp;') : url;
}

function quoted(rel: string, style: Pick<LinkStyle, 'rel'>): string {
  switch (style.rel) {
    case 'quoted':
      return `"${rel}"`;
    case 'unquoted':
      return rel;
    case 'curly':
      // UTF-8 on the wire, which HTTP takes for Latin-1.
      return Buffer.from(`\u201c${rel}\u201d`, 'utf8').toString('latin1');
  }
}
