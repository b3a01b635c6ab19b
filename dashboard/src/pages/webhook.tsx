import { useState } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import {
  type DeliveryView,
  type WebhookTest,
  type WebhookView,
  type WebhookWithSecretView,
} from '../../../src/event-deliveries/webhook.schema.js';
import { call } from '../api.js';
import { pageAt } from '../paths.js';
import { usePages } from '../use-pages.js';
import { useRequest } from '../use-request.js';
import { Action } from '../parts/action.js';
import { Badge, type Tone } from '../parts/badge.js';
import { Copyable } from '../parts/copyable.js';
import { Facts } from '../parts/facts.js';
import { List } from '../parts/list.js';
import { Loaded } from '../parts/loaded.js';
import { Page } from '../parts/page.js';
import { Section } from '../parts/section.js';
import { Time } from '../parts/time.js';
import { WebhookState } from '../webhook-state.js';

const tones: Readonly<Record<string, Tone>> = { delivered: 'good', failed: 'bad' };

export function WebhookPage() {
  const id = useRoute().params.id ?? '';
  const path = `webhooks/${encodeURIComponent(id)}`;
  const { route } = useLocation();
  const request = useRequest<WebhookView>(path);
  const deliveries = usePages<DeliveryView>(`${path}/deliveries`);
  const [secret, setSecret] = useState<string>();
  const [test, setTest] = useState<WebhookTest>();
  const reload = (): void => {
    request.reload();
    deliveries.reload();
  };
  const change = (status: 'active' | 'paused') => async (): Promise<void> => {
    await call('PATCH', path, { status });
    reload();
  };
  const remove = async (): Promise<void> => {
    await call('DELETE', path);
    route(pageAt('webhooks'));
  };
  return (
    <Page title="Webhook" back={{ href: pageAt('webhooks'), label: 'Webhooks' }}>
      <Loaded request={request}>
        {(webhook) => (
          <Section
            title="Receiver"
            actions={
              <>
                {webhook.status === 'active' ? (
                  <Action label="Pause" run={change('paused')} />
                ) : (
                  <Action label="Resume" kind="primary" run={change('active')} />
                )}
                <Action
                  label="Send a test"
                  run={async () => setTest(await call<WebhookTest>('POST', `${path}/test`))}
                />
                <Action
                  label="Rotate the secret"
                  confirm="Messages are signed with the old secret, too, for 24 hours."
                  run={async () =>
                    setSecret((await call<WebhookWithSecretView>('POST', `${path}/rotate-secret`, {})).secret)
                  }
                />
                <Action
                  label="Delete"
                  kind="danger"
                  confirm="The receiver gets no more events, also none that wait."
                  run={remove}
                />
              </>
            }
          >
            <div role="status">
              {test !== undefined && (
                <p class={test.isDelivered ? '' : 'bad-text'}>
                  {test.isDelivered
                    ? 'The receiver took the test message.'
                    : (test.error ?? `The receiver answered ${test.status}.`)}
                </p>
              )}
              {secret !== undefined && (
                <p class="result">
                  The new secret, which is not shown again: <Copyable name="the secret" value={secret} />
                </p>
              )}
            </div>
            <Facts
              facts={[
                ['URL', <span class="long">{webhook.url}</span>],
                ['Status', <WebhookState {...webhook} />],
                ['Events', webhook.types?.join(', ') ?? 'all'],
                ['Secret', 'hidden'],
                ['Waiting events', webhook.pending],
                ['Failing since', <Time at={webhook.failingSince} none="not failing" />],
                ['Next try', <Time at={webhook.retryAt} none="when an event comes" />],
                ['Created', <Time at={webhook.createdAt} />],
              ]}
            />
          </Section>
        )}
      </Loaded>
      <Section title="Deliveries" intro="The events of the last days, and whether the receiver took them.">
        <List
          name="Deliveries"
          pages={deliveries}
          keyOf={({ eventId }) => eventId}
          columns={[
            { label: 'Event', cell: ({ type }) => <code class="word">{type}</code> },
            {
              label: 'Status',
              cell: ({ status }) => <Badge tone={tones[status] ?? 'neutral'}>{status}</Badge>,
            },
            { label: 'Created', cell: ({ createdAt }) => <Time at={createdAt} /> },
            { label: 'Attempts', cell: ({ attempts }) => attempts },
            {
              label: 'Last answer',
              cell: ({ lastStatus, lastError }) => lastError ?? lastStatus,
            },
            { label: 'Next try', cell: ({ retryAt }) => retryAt !== null && <Time at={retryAt} /> },
            {
              label: 'Change',
              cell: ({ eventId, status }) =>
                (status === 'failed' || status === 'delivered') && (
                  <Action
                    label="Send again"
                    run={async () => {
                      await call('POST', `${path}/deliveries/${eventId}/replay`);
                      reload();
                    }}
                  />
                ),
            },
          ]}
          empty={<p>No event was sent yet.</p>}
        />
      </Section>
    </Page>
  );
}
