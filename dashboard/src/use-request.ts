import { useCallback, useEffect, useState } from 'preact/hooks';
import { type ApiProblem, call, problemOf } from './api.js';

/** Data of the REST API. Both fields are undefined until the first answer. */
export interface Requested<T> {
  data: T | undefined;
  problem: ApiProblem | undefined;
  /** Whether the data is that of the query before, until the answer to this one is there. */
  isStale: boolean;
  /** Asks again. The data stays until the new data is there. */
  reload: () => void;
}

interface State<T> {
  path: string | undefined;
  data?: T;
  problem?: ApiProblem;
}

/** Whether two paths differ in their queries alone. */
export function isSameResource(one: string | undefined, other: string | undefined): boolean {
  return one?.split('?')[0] === other?.split('?')[0];
}

/**
 * Reads from the REST API; again with another path. Without a path it waits for one. With another query the data stays until the
 * new data is there, so that the page does not jump when a filter changes.
 */
export function useRequest<T>(path: string | undefined): Requested<T> {
  const [state, setState] = useState<State<T>>({ path });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (path === undefined) return;
    const gone = new AbortController();
    call<T>('GET', path, undefined, gone.signal).then(
      (data) => setState({ path, data }),
      (error: unknown) => {
        if (!gone.signal.aborted) setState({ path, problem: problemOf(error) });
      },
    );
    return () => gone.abort();
  }, [path, round]);
  const reload = useCallback(() => setRound((one) => one + 1), []);
  const isOfPath = state.path === path;
  return {
    data: isSameResource(state.path, path) ? state.data : undefined,
    problem: isOfPath ? state.problem : undefined,
    isStale: !isOfPath && state.data !== undefined,
    reload,
  };
}
