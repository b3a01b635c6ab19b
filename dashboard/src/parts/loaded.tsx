import { type ComponentChildren } from 'preact';
import { type Requested } from '../use-request.js';
import { Problem } from './problem.js';

/** Shows data when it is there. Until then its space is kept, so that the page does not jump. */
export function Loaded<T>({
  request: { data, problem, isStale, reload },
  children,
}: {
  request: Requested<T>;
  children: (data: T) => ComponentChildren;
}) {
  if (problem !== undefined) return <Problem problem={problem} onRetry={reload} />;
  if (data === undefined) return <Loading />;
  return <div aria-busy={isStale}>{children(data)}</div>;
}

export function Loading() {
  return (
    <p class="loading" role="status">
      Loading…
    </p>
  );
}
