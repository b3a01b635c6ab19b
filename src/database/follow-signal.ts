/**
 * Aborts the controller when the signal aborts, with its reason. AbortSignal.any would do, but it leaves something behind on
 * a signal that lives as long as the process does.
 *
 * @returns ends it
 */
export function followSignal(signal: AbortSignal | undefined, controller: AbortController): () => void {
  if (signal === undefined) return () => undefined;
  const follow = (): void => controller.abort(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  return () => signal.removeEventListener('abort', follow);
}
