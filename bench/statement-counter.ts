import pg from 'pg';

/** How often each statement was sent, by its text. */
export type StatementCounts = Record<string, number>;

/** Loaded before the service: counts its statements, and answers the message `statements` with the counts so far. */
const counts = new Map<string, number>();
const prototype = pg.Client.prototype as unknown as { query: (...input: unknown[]) => unknown };
const { query } = prototype;
prototype.query = function counted(...input) {
  const [statement] = input;
  const text = typeof statement === 'string' ? statement : (statement as { text: string }).text;
  counts.set(text, (counts.get(text) ?? 0) + 1);
  return query.apply(this, input);
};
process.on('message', (message) => {
  if (message === 'statements') process.send?.(Object.fromEntries(counts));
});
// It must not keep a service that stops alive.
process.channel?.unref();
