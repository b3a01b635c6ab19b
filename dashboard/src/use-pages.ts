import { useCallback, useEffect, useState } from 'preact/hooks';
import { type ApiProblem, call, problemOf } from './api.js';
import { withQuery } from './paths.js';
import { useRefresh } from './use-refresh.js';
import { isSameResource } from './use-request.js';

interface Page<T> {
  items: T[];
  nextCursor?: string;
}

/** A list of the REST API, as far as it was read. */
export interface Pages<T> {
  /** Undefined until the first page is there. */
  items: T[] | undefined;
  problem: ApiProblem | undefined;
  /** Whether the items are those of the filters before, until the answer to these is there. */
  isStale?: boolean;
  /** Reads the next page; undefined on the last one. */
  more: (() => void) | undefined;
  /** Reads the list again, from its beginning. */
  reload: () => void;
}

interface State<T> {
  key: string;
  items?: T[];
  nextCursor?: string | undefined;
  problem?: ApiProblem;
}

/**
 * Reads a list. With other filters its items stay until the new ones are there, so that the page does not jump. Its first page is read
 * again each minute; further pages stay, because a reader is in the middle of them.
 *
 * @param query filters; a field that is undefined or empty is left out
 */
export function usePages<T>(
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
): Pages<T> {
  const key = withQuery(path, query);
  const [state, setState] = useState<State<T>>({ key });
  const [cursor, setCursor] = useState<{ key: string; cursor?: string; round: number }>({ key, round: 0 });
  const current = cursor.key === key ? cursor.cursor : undefined;
  useEffect(() => {
    const gone = new AbortController();
    const url = withQuery(path, { ...query, cursor: current });
    call<Page<T>>('GET', url, undefined, gone.signal).then(
      (page) =>
        setState((before) => ({
          key,
          items: [...(current === undefined ? [] : (before.items ?? [])), ...page.items],
          nextCursor: page.nextCursor,
        })),
      (error: unknown) => {
        if (!gone.signal.aborted) setState({ key, problem: problemOf(error) });
      },
    );
    return () => gone.abort();
    // The key has the path and the query in it.
  }, [key, current, cursor.round]);
  const reload = useCallback(() => setCursor(({ round }) => ({ key, round: round + 1 })), [key]);
  useRefresh(reload, current === undefined);
  const isStale = state.key !== key && isSameResource(state.key, key) && Boolean(state.items?.length);
  const { items, problem, nextCursor }: Partial<State<T>> = state.key === key || isStale ? state : {};
  const more =
    nextCursor === undefined
      ? undefined
      : () => setCursor(({ round }) => ({ key, cursor: nextCursor, round }));
  return { items, problem, isStale, more, reload };
}
