import { useState } from 'preact/hooks';
import { type ApiKeyView, type CreatedApiKeyView } from '../../../src/access/api-key.schema.js';
import { call } from '../api.js';
import { usePages } from '../use-pages.js';
import { Action } from '../parts/action.js';
import { Badge } from '../parts/badge.js';
import { Copyable } from '../parts/copyable.js';
import { Form } from '../parts/form.js';
import { List } from '../parts/list.js';
import { Page } from '../parts/page.js';
import { Section } from '../parts/section.js';
import { Time } from '../parts/time.js';
import { useSession } from '../session.js';

/** The keys to the REST API and to this dashboard. */
export function ApiKeysPage() {
  const pages = usePages<ApiKeyView>('api-keys');
  const { apiKey, canWrite } = useSession();
  const [created, setCreated] = useState<CreatedApiKeyView>();
  const create = async (values: object): Promise<void> => {
    setCreated(await call<CreatedApiKeyView>('POST', 'api-keys', values));
    pages.reload();
  };
  const revoke = async (id: string): Promise<void> => {
    await call('DELETE', `api-keys/${id}`);
    pages.reload();
  };
  return (
    <Page title="API keys">
      {canWrite && (
        <Section title="Create a key">
          <Form
            fields={[
              { name: 'name', label: 'Name', hint: 'Who or what uses it.' },
              {
                name: 'scope',
                label: 'Scope',
                value: 'read',
                options: { read: 'Read', write: 'Read and write' },
              },
            ]}
            submit="Create the key"
            isCleared
            run={create}
          />
          {created !== undefined && (
            <div class="result" role="status">
              <p>This is the key {created.name}. It is not shown again.</p>
              <Copyable name="the key" value={created.key} />
            </div>
          )}
        </Section>
      )}
      <List
        name="API keys"
        pages={pages}
        keyOf={({ id }) => id}
        columns={[
          {
            label: 'Name',
            cell: ({ id, name }) => (
              <>
                {name} {id === apiKey?.id && <span class="fine">(yours)</span>}
              </>
            ),
          },
          { label: 'Scope', cell: ({ scope }) => scope },
          {
            label: 'State',
            cell: ({ revokedAt }) =>
              revokedAt === null ? <Badge tone="good">valid</Badge> : <Badge tone="neutral">revoked</Badge>,
          },
          { label: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
          { label: 'Created', cell: ({ createdAt }) => <Time at={createdAt} /> },
          {
            label: 'Change',
            cell: ({ id, name, revokedAt }) =>
              revokedAt === null && (
                <Action
                  label="Revoke"
                  kind="danger"
                  confirm={`The key ${name} opens nothing from now on, and its sessions end.`}
                  run={() => revoke(id)}
                />
              ),
          },
        ]}
        empty={<p>There is no key.</p>}
      />
    </Page>
  );
}
