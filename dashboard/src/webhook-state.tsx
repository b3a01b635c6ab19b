import { type WebhookView } from '../../src/event-deliveries/webhook.schema.js';
import { State, type States } from './parts/state.js';

const states: States<WebhookView['status']> = {
  active: ['active', 'good'],
  paused: ['paused', 'warning'],
  disabled: ['disabled', 'bad'],
};

export function WebhookState({ status, reason, failures }: WebhookView) {
  return (
    <>
      <State state={status} of={states} />
      {reason !== null && <p class="fine">{reason}</p>}
      {status === 'active' && failures > 0 && <p class="bad-text">{failures} failures in a row</p>}
    </>
  );
}
