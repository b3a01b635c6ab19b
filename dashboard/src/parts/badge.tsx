export type Tone = 'good' | 'bad' | 'warning' | 'neutral';

/** A state in a word. The colour only repeats the word. */
export function Badge({ tone, children }: { tone: Tone; children: string }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}
