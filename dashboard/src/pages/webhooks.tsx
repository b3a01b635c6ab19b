import { useState } from 'preact/hooks';
import {
  type WebhookView,
  type WebhookWithSecretView,
} from '../../../src/event-deliveries/webhook.schema.js';
import { call } from '../api.js';
import { pageAt } from '../paths.js';
import { usePages } from '../use-pages.js';
import { Copyable } from '../parts/copyable.js';
import { Form } from '../parts/form.js';
import { List } from '../parts/list.js';
import { Page } from '../parts/page.js';
import { Section } from '../parts/section.js';
import { Time } from '../parts/time.js';
import { useSession } from '../session.js';
import { WebhookState } from '../webhook-state.js';

/** Where events are sent. */
export function WebhooksPage() {
  const pages = usePages<WebhookView>('webhooks');
  const { canWrite } = useSession();
  const [created, setCreated] = useState<WebhookWithSecretView>();
  const create = async ({ url }: { url: string }): Promise<void> => {
    setCreated(await call<WebhookWithSecretView>('POST', 'webhooks', { url }));
    pages.reload();
  };
  return (
    <Page title="Webhooks">
      <p class="intro">
        Each webhook gets the events of this service, such as members that were added, signed by the Standard
        Webhooks specification.
      </p>
      {canWrite && (
        <Section title="Add a webhook">
          <Form
            fields={[{ name: 'url', label: 'URL', type: 'url', hint: 'It gets all events.' }]}
            submit="Add the webhook"
            isCleared
            run={create}
          />
          {created !== undefined && (
            <div class="result" role="status">
              <p>The receiver at {created.url} checks signatures with this secret. It is not shown again.</p>
              <Copyable name="the secret" value={created.secret} />
            </div>
          )}
        </Section>
      )}
      <List
        name="Webhooks"
        pages={pages}
        keyOf={({ id }) => id}
        columns={[
          {
            label: 'URL',
            cell: ({ id, url }) => (
              <a class="long" href={pageAt('webhooks', id)}>
                {url}
              </a>
            ),
          },
          { label: 'Status', cell: (webhook) => <WebhookState {...webhook} /> },
          { label: 'Waiting', cell: ({ pending }) => pending },
          { label: 'Next try', cell: ({ retryAt }) => <Time at={retryAt} none="when an event comes" /> },
        ]}
        empty={<p>There is no webhook. Your tool can also read everything from the REST API.</p>}
      />
    </Page>
  );
}
