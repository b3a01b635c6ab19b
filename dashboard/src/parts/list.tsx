import { type ComponentChildren } from 'preact';
import { type Pages } from '../use-pages.js';
import { Loading } from './loaded.js';
import { Problem } from './problem.js';

export interface Column<T> {
  label: string;
  cell: (row: T) => ComponentChildren;
}

/**
 * A table of a list, with a button for its next page. On a phone each row is a card, whose styles would take the roles of a table
 * from its elements: so the roles are written out.
 */
export function List<T>({
  name,
  pages: { items, problem, isStale = false, more, reload },
  columns,
  keyOf,
  empty,
}: {
  name: string;
  pages: Pages<T>;
  columns: readonly Column<T>[];
  keyOf: (row: T) => string;
  /** What an empty list means, and what fills it. */
  empty: ComponentChildren;
}) {
  if (problem !== undefined) return <Problem problem={problem} onRetry={reload} />;
  if (items === undefined) return <Loading />;
  if (items.length === 0) return <div class="empty">{empty}</div>;
  return (
    <>
      <table role="table" aria-label={name} aria-busy={isStale}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ label }) => (
              <th key={label} role="columnheader" scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {items.map((row) => (
            <tr key={keyOf(row)} role="row">
              {columns.map(({ label, cell }) => (
                <td key={label} role="cell" data-label={label}>
                  <div>{cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more !== undefined && (
        <button type="button" class="more" disabled={isStale} onClick={more}>
          Show more
        </button>
      )}
    </>
  );
}
