import { type WebhookView } from '../../src/event-deliveries/webhook.schema.js';
import { Badge } from './parts/badge.js';
import { State, type States } from './parts/state.js';

const states: States<WebhookView['status']> = {
  active: ['active', 'good'],
  paused: ['paused', 'warning'],
  disabled: ['disabled', 'bad'],
};

export function WebhookState({ status, reason, failures }: WebhookView) {
  const isFailing = status === 'active' && failures > 0;
  return (
    <>
      {isFailing ? <Badge tone="warning">failing</Badge> : <State state={status} of={states} />}
      {reason !== null && <p class="fine">{reason}</p>}
      {isFailing && <p class="bad-text">{failures} failures in a row</p>}
    </>
  );
}
