const SLICES = 10;

/** The result of a wait that was too long. */
export const LATE = Symbol('late');

/**
 * The answer, or LATE after `ms`. This is for connections, so it runs by the machine's time and not by the injected clock.
 *
 * The time is counted in slices, each of which takes a turn of the event loop or more. So a process that was held up itself
 * reads the answers that have arrived meanwhile before it gives up.
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

/** The result of the promise. If the signal aborts first, rejects with its reason, and the promise goes on alone. */
export async function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => {
    onAbort = resolve;
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([promise, aborted]);
    signal.throwIfAborted();
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
