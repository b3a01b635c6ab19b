import { Badge, type Tone } from './badge.js';

/** The states of a kind of thing: a word for each, and its tone. */
export type States<T extends string> = Readonly<Record<T, readonly [word: string, tone: Tone]>>;

/** A state in a word. */
export function State<T extends string>({ state, of }: { state: T; of: States<T> }) {
  const [word, tone] = of[state];
  return <Badge tone={tone}>{word}</Badge>;
}

/** The options of a filter: all states, and each. */
export function filterOf<T extends string>(states: States<T>): Record<T | '', string> {
  const each = Object.entries<States<T>[T]>(states).map(([state, [word]]) => [
    state,
    word.charAt(0).toUpperCase() + word.slice(1),
  ]);
  return Object.fromEntries([['', 'All'], ...each]) as Record<T | '', string>;
}

/** The state that a URL names; all of them for one that does not exist. */
export function stateIn<T extends string>(
  filter: Readonly<Record<T | '', string>>,
  text: string | undefined,
): T | '' {
  return text !== undefined && Object.hasOwn(filter, text) ? (text as T) : '';
}
