import { type WebhookView } from '../../src/event-deliveries/webhook.schema.js';
import { Badge, type Tone } from './parts/badge.js';

const tones: Readonly<Record<WebhookView['status'], Tone>> = {
  active: 'good',
  paused: 'warning',
  disabled: 'bad',
};

export function WebhookState({ status, reason, failures }: WebhookView) {
  return (
    <>
      <Badge tone={tones[status]}>{status}</Badge>
      {reason !== null && <p class="fine">{reason}</p>}
      {status === 'active' && failures > 0 && <p class="bad-text">{failures} failures in a row</p>}
    </>
  );
}
