import { type ComponentChildren } from 'preact';
import { Badge, type Tone } from './badge.js';

/** Something that needs a person: what it is, why, and the next step. */
export function Finding({
  tone,
  kind,
  title,
  reason,
  at,
  href,
  step,
}: {
  tone: Tone;
  kind: string;
  title: ComponentChildren;
  reason: string;
  at?: ComponentChildren;
  href: string;
  step: string;
}) {
  return (
    <li>
      <span class="kind">
        <Badge tone={tone}>{kind}</Badge>
        {at !== undefined && <span class="fine">{at}</span>}
      </span>
      <div>
        <strong>{title}</strong>
        <p>{reason}</p>
      </div>
      <a href={href}>{step}</a>
    </li>
  );
}
