import { type ApiProblem } from '../api.js';

/** What went wrong, in the words of the REST API. */
export function Problem({ problem, onRetry }: { problem: ApiProblem; onRetry?: () => void }) {
  return (
    <div class="problem" role="alert">
      <p>{problem.message}</p>
      <p class="fine">
        Code: <code>{problem.code}</code>
      </p>
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
