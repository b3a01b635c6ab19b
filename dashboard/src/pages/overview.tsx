import { type TokenView } from '../../../src/access-tokens/token.schema.js';
import { type SyncRunView } from '../../../src/courses/sync-run.schema.js';
import { type OutboxScoreView } from '../../../src/grade-passback/outbox.schema.js';
import { type RegistrationView } from '../../../src/registrations/registration.schema.js';
import { pageAt, withQuery } from '../paths.js';
import { type Requested, useRequest } from '../use-request.js';
import { Finding } from '../parts/finding.js';
import { Loading } from '../parts/loaded.js';
import { Page } from '../parts/page.js';
import { Problem } from '../parts/problem.js';
import { Section } from '../parts/section.js';
import { Time } from '../parts/time.js';

/** How many rows of each kind are shown; the link leads to all of them. */
const SHOWN = '5';

interface ListOf<T> {
  items: T[];
  nextCursor?: string;
}

/** What needs a person, each with its reason and the next step. */
export function OverviewPage() {
  const registrations = useRequest<ListOf<RegistrationView>>('registrations?limit=500');
  const tokens = useRequest<ListOf<TokenView>>('access-tokens?limit=500');
  const suspicious = useRequest<ListOf<SyncRunView>>(
    withQuery('sync-runs', { status: 'suspicious', limit: SHOWN }),
  );
  const failed = useRequest<ListOf<SyncRunView>>(withQuery('sync-runs', { status: 'failed', limit: SHOWN }));
  const rejected = useRequest<ListOf<OutboxScoreView>>(
    withQuery('scores', { status: 'rejected', limit: SHOWN }),
  );
  const all: Requested<unknown>[] = [registrations, tokens, suspicious, failed, rejected];
  const broken = all.find(({ problem }) => problem !== undefined);
  const isLoading = all.some(({ data }) => data === undefined);
  const findings = [
    ...(tokens.data?.items ?? []).filter(({ status }) => status === 'failing').map(tokenFinding),
    ...(registrations.data?.items ?? []).flatMap(registrationFindings),
    ...(rejected.data?.items ?? []).map(scoreFinding),
    ...(suspicious.data?.items ?? []).map(suspiciousFinding),
    ...(failed.data?.items ?? []).map(failedFinding),
  ];
  return (
    <Page title="Overview">
      <Section title="What needs a person">
        {broken?.problem !== undefined && <Problem problem={broken.problem} onRetry={broken.reload} />}
        {isLoading && broken === undefined && <Loading />}
        {!isLoading && findings.length === 0 && (
          <div class="empty">
            <p>
              Nothing needs you. What fails for a while is tried again without you, and is not listed here.
            </p>
            {registrations.data?.items.length === 0 && (
              <p>
                No platform is registered yet: <a href={pageAt('registrations')}>begin with a registration</a>
                .
              </p>
            )}
          </div>
        )}
        {!isLoading && findings.length > 0 && <ul class="rows">{findings}</ul>}
      </Section>
      <Section title="Where to look" intro="All records of each kind, with their states.">
        <div class="actions">
          <a class="button" href={withQuery(pageAt('scores'), { status: 'rejected' })}>
            All rejected grades
          </a>
          <a class="button" href={withQuery(pageAt('scores'), { status: 'pending' })}>
            Grades that wait
          </a>
          <a class="button" href={withQuery(pageAt('sync-runs'), { status: 'failed' })}>
            All failed sync runs
          </a>
          <a class="button" href={withQuery(pageAt('sync-runs'), { status: 'suspicious' })}>
            All suspicious sync runs
          </a>
        </div>
      </Section>
    </Page>
  );
}

function tokenFinding({ id, registrationId, registrationName, failure }: TokenView) {
  return (
    <Finding
      key={id}
      tone="bad"
      kind="Refused"
      title={`${registrationName} gives the tool no access token`}
      reason={failure?.message ?? ''}
      href={pageAt('registrations', registrationId)}
      step="Check the registration"
    />
  );
}

function registrationFindings({
  id,
  name,
  pendingDeployments,
  deployments,
  refusedScopes,
}: RegistrationView) {
  const href = pageAt('registrations', id);
  return [
    pendingDeployments.length > 0 && (
      <Finding
        key={`${id} pending`}
        tone="warning"
        kind="Confirm"
        title={`${name} has deployments to confirm`}
        reason={`Launches came from ${pendingDeployments.join(', ')}.`}
        href={href}
        step="Confirm them, if you know them"
      />
    ),
    deployments.length + pendingDeployments.length === 0 && (
      <Finding
        key={`${id} none`}
        tone="warning"
        kind="Incomplete"
        title={`${name} has no deployment`}
        reason="Every launch is refused until it has one."
        href={href}
        step="Add the deployment id"
      />
    ),
    refusedScopes.length > 0 && (
      <Finding
        key={`${id} scopes`}
        tone="warning"
        kind="Scopes"
        title={`${name} refuses scopes`}
        reason={refusedScopes.map(({ scope }) => scope).join(', ')}
        href={href}
        step="Check the registration"
      />
    ),
  ].filter((finding) => finding !== false);
}

function scoreFinding({ id, userId, courseId, error, settledAt }: OutboxScoreView) {
  return (
    <Finding
      key={id}
      tone="bad"
      kind="Rejected"
      title={`The platform rejected the grade of user ${userId}`}
      reason={error?.message ?? ''}
      at={<Time at={settledAt} />}
      href={withQuery(pageAt('scores'), { courseId, status: 'rejected' })}
      step="Retry or cancel it"
    />
  );
}

function suspiciousFinding({ id, error, finishedAt }: SyncRunView) {
  return (
    <Finding
      key={id}
      tone="warning"
      kind="Suspicious"
      title="A sync found so many members missing that it removed none"
      reason={error?.message ?? ''}
      at={<Time at={finishedAt} />}
      href={pageAt('sync-runs', id)}
      step="Confirm the removal, or repair the roster at the platform"
    />
  );
}

function failedFinding({ id, error, finishedAt }: SyncRunView) {
  return (
    <Finding
      key={id}
      tone="bad"
      kind="Failed"
      title="A sync failed"
      reason={error?.message ?? ''}
      at={<Time at={finishedAt} />}
      href={pageAt('sync-runs', id)}
      step="See the run, and sync again"
    />
  );
}
