import { useRoute } from 'preact-iso';
import { type RegistrationView } from '../../../src/registrations/registration.schema.js';
import { call } from '../api.js';
import { pageAt, withQuery } from '../paths.js';
import { platformNames } from '../platform-families.js';
import { useRequest } from '../use-request.js';
import { Action } from '../parts/action.js';
import { Facts } from '../parts/facts.js';
import { Form } from '../parts/form.js';
import { Loaded } from '../parts/loaded.js';
import { Page } from '../parts/page.js';
import { Section } from '../parts/section.js';
import { Statistics } from '../parts/statistics.js';
import { Time } from '../parts/time.js';
import { RegistrationChange } from './registration-change.js';
import { RegistrationCheck } from './registration-check.js';
import { RegistrationDelivery } from './registration-delivery.js';

export function RegistrationPage() {
  const id = useRoute().params.id ?? '';
  const request = useRequest<RegistrationView>(`registrations/${encodeURIComponent(id)}`);
  return (
    <Page
      title={request.data?.name ?? 'Registration'}
      back={{ href: pageAt('registrations'), label: 'Registrations' }}
      actions={
        <>
          <a class="button" href={withQuery(pageAt('courses'), { registrationId: id })}>
            Its courses
          </a>
          <a class="button" href={withQuery(pageAt('sync-runs'), { registrationId: id })}>
            Its sync runs
          </a>
          <a class="button" href={withQuery(pageAt('scores'), { registrationId: id })}>
            Its grades
          </a>
        </>
      }
    >
      <Loaded request={request}>
        {(registration) => (
          <>
            <RegistrationCheck id={id} key={registration.revision} />
            <RegistrationDelivery id={id} />
            <Deployments registration={registration} onChange={request.reload} />
            <Details registration={registration} />
            <RegistrationChange registration={registration} onChange={request.reload} />
            <Statistics registrationId={id} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

interface DeploymentsProps {
  registration: RegistrationView;
  onChange: () => void;
}

function Deployments({ registration, onChange }: DeploymentsProps) {
  const { id, deployments, pendingDeployments, deploymentAwaitedUntil } = registration;
  const save = async (list: string[]): Promise<void> => {
    await call('PATCH', `registrations/${id}`, { deployments: list });
    onChange();
  };
  return (
    <Section
      title="Deployments"
      intro="A deployment is one installation of this tool at the platform. Launches from other deployments are refused."
    >
      {deploymentAwaitedUntil !== null && (
        <p>
          The first launch names the deployment, until <Time at={deploymentAwaitedUntil} />.
        </p>
      )}
      {deployments.length + pendingDeployments.length === 0 && deploymentAwaitedUntil === null && (
        <div class="empty">
          <p>
            There is no deployment, so every launch is refused. Add the deployment id that the platform shows.
          </p>
        </div>
      )}
      <ul class="rows">
        {pendingDeployments.map((deployment) => (
          <li key={deployment}>
            <code>{deployment}</code>
            <span>A launch came from it. Confirm it if you know it.</span>
            <Action label="Confirm" kind="primary" run={() => save([...deployments, deployment])} />
          </li>
        ))}
        {deployments.map((deployment) => (
          <li key={deployment}>
            <code>{deployment}</code>
            <Action
              label="Remove"
              kind="danger"
              confirm={`Launches from deployment ${deployment} will be refused. Its courses stay.`}
              run={() => save(deployments.filter((one) => one !== deployment))}
            />
          </li>
        ))}
      </ul>
      <Form
        key={deployments.length}
        fields={[{ name: 'deployments', label: 'Deployment id' }]}
        submit="Add the deployment"
        run={(values) => save([...deployments, values.deployments])}
      />
    </Section>
  );
}

function Details({ registration: one }: { registration: RegistrationView }) {
  const url = (text: string) => <span class="long">{text}</span>;
  return (
    <Section title="Settings">
      <Facts
        facts={[
          ['Platform', platformNames[one.platformFamily]],
          ['Issuer', url(one.issuer)],
          ['Client id', <code>{one.clientId}</code>],
          ['Authorization URL', url(one.authorizationUrl)],
          ['Token URL', url(one.tokenUrl)],
          ['Key set URL', url(one.jwksUrl)],
          ['Token audience', one.tokenAudience === null ? 'the token URL' : url(one.tokenAudience)],
          ['Scopes', <Scopes {...one} />],
          [
            'Quiet hours',
            one.quietHours && `${one.quietHours.from} to ${one.quietHours.to} (${one.quietHours.timeZone})`,
          ],
          ['Created', <Time at={one.createdAt} />],
          ['Changed', <Time at={one.updatedAt} />],
        ]}
      />
    </Section>
  );
}

function Scopes({ scopes, refusedScopes }: RegistrationView) {
  const refused = new Map(refusedScopes.map(({ scope, refusedAt }) => [scope, refusedAt]));
  return (
    <ul class="plain">
      {scopes.map((scope) => (
        <li key={scope} class="long">
          {scope}
          {refused.has(scope) && (
            <span class="bad-text">
              {' '}
              The platform refused it <Time at={refused.get(scope) ?? null} />.
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
