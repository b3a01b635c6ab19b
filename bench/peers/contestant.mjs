// A contestant is a process that does the same work with one library. Its parent calls it by IPC.

/** Answers each call with the result of the handler of that name. The process ends with its parent. */
export function contestant(handlers) {
  process.on('disconnect', () => process.exit());
  process.on('message', async ({ id, name, input }) => {
    try {
      process.send({ id, result: await { ...common, ...handlers }[name](input) });
    } catch (error) {
      process.send({ id, failure: String(error?.stack ?? error) });
    }
  });
  process.send('ready');
}

const common = {
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

/** Runs `operation(0)` to `operation(count - 1)`, so many at once. Failures are counted, not thrown. */
export async function inFlight(count, limit, operation) {
  let next = 0;
  let failed = 0;
  let reason;
  const work = async () => {
    for (let nth = next++; nth < count; nth = next++) {
      try {
        await operation(nth);
      } catch (error) {
        failed += 1;
        reason ??= String(error);
      }
    }
  };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: limit }, work));
  return { ms: performance.now() - startMs, failed, reason };
}

export const lineItemOf = (lms, course) => `${lms}/courses/${course}/lineitems/1`;
export const membersOf = (lms, course) => `${lms}/courses/${course}/members`;

export function score(nth) {
  const progress = { activityProgress: 'Completed', gradingProgress: 'FullyGraded' };
  return { userId: `user-${nth}`, scoreGiven: 17, scoreMaximum: 20, ...progress };
}
