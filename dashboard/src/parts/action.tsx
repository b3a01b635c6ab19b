import { useId, useRef, useState } from 'preact/hooks';
import { type ApiProblem, problemOf } from '../api.js';
import { useSession } from '../session.js';

/**
 * A button that changes something, with what came of it. With `confirm` it asks first. A session that may only read does not have it.
 */
export function Action({
  label,
  run,
  done,
  confirm,
  kind = '',
}: {
  label: string;
  run: () => Promise<unknown>;
  /** Shown when it worked. */
  done?: string;
  /** What will happen, for changes that cannot be undone. */
  confirm?: string;
  kind?: '' | 'primary' | 'danger';
}) {
  const { canWrite } = useSession();
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<ApiProblem | string>();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  if (!canWrite) return null;
  const start = (): void => {
    dialog.current?.close();
    setBusy(true);
    setOutcome(undefined);
    run()
      .then(() => setOutcome(done))
      .catch((error: unknown) => setOutcome(problemOf(error)))
      .finally(() => setBusy(false));
  };
  return (
    <span class="action">
      <button
        type="button"
        class={kind}
        disabled={isBusy}
        onClick={confirm === undefined ? start : () => dialog.current?.showModal()}
      >
        {isBusy ? 'Working…' : label}
      </button>
      <span role="status" class={outcome instanceof Error ? 'outcome bad-text' : 'outcome'}>
        {outcome instanceof Error ? outcome.message : outcome}
      </span>
      {confirm !== undefined && (
        <dialog ref={dialog} aria-labelledby={id}>
          <p id={id}>{confirm}</p>
          <div class="actions">
            <button type="button" class={kind === 'danger' ? 'danger' : 'primary'} onClick={start}>
              {label}
            </button>
            <button type="button" onClick={() => dialog.current?.close()}>
              Keep it as it is
            </button>
          </div>
        </dialog>
      )}
    </span>
  );
}
