import { useCallback, useEffect, useState } from 'preact/hooks';
import { type ApiProblem, call, problemOf } from './api.js';

/** Data of the REST API. Both fields are undefined until the first answer. */
export interface Requested<T> {
  data: T | undefined;
  problem: ApiProblem | undefined;
  /** Asks again. The data stays until the new data is there. */
  reload: () => void;
}

interface State<T> {
  path: string | undefined;
  data?: T;
  problem?: ApiProblem;
}

/** Reads from the REST API; again with another path. Without a path it waits for one. */
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
    data: isOfPath ? state.data : undefined,
    problem: isOfPath ? state.problem : undefined,
    reload,
  };
}
