interface Call {
  id: number;
  name: string;
  input: never;
}

/** Answers the calls of the parent, a ContestantProcess, by the handlers' names. The process ends with its parent. */
export function answerCalls(handlers: Readonly<Record<string, (input: never) => unknown>>): void {
  // Ctrl-C reaches this process too. Its parent decides when it ends.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit());
  process.on('message', ({ id, name, input }: Call) => {
    Promise.resolve()
      .then(() => handlers[name]?.(input))
      .then(
        (result) => process.send?.({ id, result }),
        (error: unknown) => process.send?.({ id, failure: String((error as Error).stack) }),
      );
  });
  process.send?.('ready');
}
