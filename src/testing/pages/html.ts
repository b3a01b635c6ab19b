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
  const cells = (row: Row) => row.map((cell) => `<td>${escapeHtml(String(cell))}</td>`).join('');
  const body = rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n');
  return `<table>
<caption>${escapeHtml(caption)}</caption>
<thead><tr>${headingCells(headings)}</tr></thead>
<tbody>
${body}
</tbody>
</table>`;
}

/** The headings of the columns of a table, escaped. */
export function headingCells(headings: Row): string {
  return headings.map((heading) => `<th scope="col">${escapeHtml(String(heading))}</th>`).join('');
}

/** A wide part of the page, which scrolls by itself: with the keyboard, too. `kind` is its class. */
export function scrolling(label: string, content: string, kind = ''): string {
  return `<div class="scroll ${kind}" role="region" aria-label="${escapeHtml(label)}" tabindex="0">
${content}
</div>`;
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
