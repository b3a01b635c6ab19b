import { type ComponentChildren } from 'preact';

/** Names with their values. */
export function Facts({ facts }: { facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? <span class="fine">none</span>}</dd>
        </div>
      ))}
    </dl>
  );
}
