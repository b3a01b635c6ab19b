import { useState } from 'preact/hooks';
import {
  type CreatedInvitation,
  type InvitationView,
} from '../../../src/registrations/dynamic/dynamic-registration.schema.js';
import { call } from '../api.js';
import { pageAt } from '../paths.js';
import { useSession } from '../session.js';
import { usePages } from '../use-pages.js';
import { Action } from '../parts/action.js';
import { Badge } from '../parts/badge.js';
import { Copyable } from '../parts/copyable.js';
import { Form } from '../parts/form.js';
import { List } from '../parts/list.js';
import { Page } from '../parts/page.js';
import { Section } from '../parts/section.js';
import { Time } from '../parts/time.js';

/** Invitations to register the tool: URLs that work once. */
export function InvitationsPage() {
  const pages = usePages<InvitationView>('registration-invitations');
  const { canWrite } = useSession();
  return (
    <Page title="Invitations" back={{ href: pageAt('registrations'), label: 'Registrations' }}>
      {canWrite && <NewInvitation onCreated={pages.reload} />}
      <List
        name="Invitations"
        pages={pages}
        keyOf={({ id }) => id}
        columns={[
          { label: 'Name', cell: ({ name }) => name },
          { label: 'State', cell: (invitation) => <State {...invitation} /> },
          { label: 'Created', cell: ({ createdAt }) => <Time at={createdAt} /> },
          { label: 'Valid until', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
          {
            label: 'Change',
            cell: ({ id, name, usedAt, revokedAt }) =>
              usedAt === null &&
              revokedAt === null && (
                <Action
                  label="Revoke"
                  kind="danger"
                  confirm={`The registration URL for ${name} will work no more.`}
                  run={async () => {
                    await call('DELETE', `registration-invitations/${id}`);
                    pages.reload();
                  }}
                />
              ),
          },
        ]}
        empty={
          <p>
            There is no invitation yet. Create one, and send its URL to the administrator of the platform, who
            pastes it there once. The registration then appears by itself.
          </p>
        }
      />
    </Page>
  );
}

function State({ usedAt, revokedAt }: InvitationView) {
  if (revokedAt !== null) return <Badge tone="neutral">revoked</Badge>;
  if (usedAt !== null) return <Badge tone="good">used</Badge>;
  return <Badge tone="warning">not used yet</Badge>;
}

function NewInvitation({ onCreated }: { onCreated: () => void }) {
  const [created, setCreated] = useState<CreatedInvitation>();
  const create = async (values: object): Promise<void> => {
    setCreated(await call<CreatedInvitation>('POST', 'registration-invitations', values));
    onCreated();
  };
  return (
    <Section
      title="Invite a platform"
      intro="Moodle, Canvas, Brightspace and Sakai register the tool by one URL."
    >
      <Form
        fields={[
          {
            name: 'name',
            label: 'Name',
            hint: 'The registration gets this name, such as the name of the school.',
          },
        ]}
        submit="Create the URL"
        isCleared
        run={create}
      />
      {created !== undefined && (
        <div class="result" role="status">
          <p>
            Send this URL for {created.name} to the administrator of the platform. It works once, and is not
            shown again.
          </p>
          <Copyable name="the registration URL" value={created.registrationUrl} />
        </div>
      )}
    </Section>
  );
}
