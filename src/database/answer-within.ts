export const LATE = Symbol('late');

/** The answer, or LATE after `ms` of the machine's time: this is about a connection, not about the domain's clock. */
export async function answerWithin<T>(ms: number, answer: Promise<T>): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
