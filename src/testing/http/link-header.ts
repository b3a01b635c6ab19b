import { type LinkStyle } from '../families/paging-quirks.js';

export interface PageLink {
  readonly rel: string;
  readonly url: string;
}

/** The Link header (RFC 8288), well-formed or broken as the style says; undefined without links. */
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
      // The bytes are UTF-8, which HTTP reads as Latin-1.
      return Buffer.from(`\u201c${rel}\u201d`, 'utf8').toString('latin1');
  }
}
