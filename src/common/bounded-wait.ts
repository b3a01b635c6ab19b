const SLICES = 10;

/** The result of a wait that reached its time-out. */
export const LATE = Symbol('late');

/**
 * The answer, or LATE after `ms`. This is for connections, so it runs by the machine's time and not by the injected clock.
 *
 * The time is counted in slices, each of at least one iteration of the event loop. So a process that was blocked itself reads the
 * answers that have arrived meanwhile before it times out.
 */
export async function answerWithin<T>(ms: number, answer: Promise<T>): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  let slicesLeft = SLICES;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setInterval(() => {
      slicesLeft -= 1;
      if (slicesLeft === 0) resolve(LATE);
    }, ms / SLICES);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearInterval(timer);
  }
}

/** The result of the promise. If the signal aborts first, rejects with its reason; the promise itself is not cancelled. */
export async function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => {
    onAbort = resolve;
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([promise, aborted]);
    signal.throwIfAborted();
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Aborts the controller when the signal aborts, with its reason. AbortSignal.any would do, but each call leaves an entry behind
 * at a signal that lives as long as the process.
 *
 * @returns a function that ends it
 */
export function followSignal(signal: AbortSignal | undefined, controller: AbortController): () => void {
  if (signal === undefined) return () => undefined;
  const follow = (): void => controller.abort(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  return () => signal.removeEventListener('abort', follow);
}
