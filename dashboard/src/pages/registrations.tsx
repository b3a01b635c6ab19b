import { type RegistrationView } from '../../../src/registrations/registration.schema.js';
import { pageAt } from '../paths.js';
import { platformNames } from '../platform-families.js';
import { useSession } from '../session.js';
import { usePages } from '../use-pages.js';
import { Badge } from '../parts/badge.js';
import { List } from '../parts/list.js';
import { Page } from '../parts/page.js';
import { Time } from '../parts/time.js';

function Deployments({ deployments, pendingDeployments }: RegistrationView) {
  if (pendingDeployments.length > 0)
    return <Badge tone="warning">{`${pendingDeployments.length} to confirm`}</Badge>;
  if (deployments.length === 0) return <Badge tone="warning">none</Badge>;
  return <>{deployments.length}</>;
}

export function RegistrationsPage() {
  const pages = usePages<RegistrationView>('registrations');
  const { canWrite } = useSession();
  return (
    <Page
      title="Registrations"
      actions={
        <>
          {canWrite && (
            <>
              <a class="button primary" href={pageAt('registrations', 'invitations')}>
                Invite a platform
              </a>
              <a class="button" href={pageAt('registrations', 'new')}>
                Add by hand
              </a>
            </>
          )}
          <a class="button" href={pageAt('registrations', 'guide')}>
            Guide
          </a>
        </>
      }
    >
      <p class="intro">Each registration is this tool's client id at one platform.</p>
      <List
        name="Registrations"
        pages={pages}
        keyOf={({ id }) => id}
        columns={[
          { label: 'Name', cell: ({ id, name }) => <a href={pageAt('registrations', id)}>{name}</a> },
          { label: 'Platform', cell: ({ platformFamily }) => platformNames[platformFamily] },
          { label: 'Issuer', cell: ({ issuer }) => <span class="long">{issuer}</span> },
          { label: 'Client id', cell: ({ clientId }) => <code>{clientId}</code> },
          { label: 'Deployments', cell: (registration) => <Deployments {...registration} /> },
          { label: 'Changed', cell: ({ updatedAt }) => <Time at={updatedAt} /> },
        ]}
        empty={
          <>
            <p>No platform is registered yet, so nothing can be launched.</p>
            <p>
              Invite a platform if it is Moodle, Canvas, Brightspace or Sakai: its administrator pastes one
              URL. For every other platform, the guide says which values to paste where.
            </p>
          </>
        }
      />
    </Page>
  );
}
