const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export type Row = readonly (string | number)[];

/** A table; every cell is escaped. */
export function table(caption: string, headings: Row, rows: readonly Row[]): string {
  const cells = (row: Row, name: 'th' | 'td') =>
    row.map((cell) => `<${name}>${escapeHtml(String(cell))}</${name}>`).join('');
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
  return `<table>\n<caption>${escapeHtml(caption)}</caption>\n<tr>${cells(headings, 'th')}</tr>\n${body}\n</table>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

const characters = new Map(Object.entries(entities).map(([character, entity]) => [entity, character]));

/** The text of an attribute or element that was escaped by escapeHtml or in a similar way. */
export function unescapeHtml(html: string): string {
  return html.replace(/&(?:#(\d+)|#x([\da-f]+)|\w+);/gi, (entity, decimal?: string, hex?: string) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return characters.get(entity) ?? entity;
  });
}
