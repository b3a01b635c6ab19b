import { useCallback } from 'preact/hooks';
import { type TokenView } from '../../../src/access-tokens/token.schema.js';
import { type CourseView } from '../../../src/courses/course.schema.js';
import { type SyncRunView } from '../../../src/courses/sync-run.schema.js';
import { type WebhookView } from '../../../src/event-deliveries/webhook.schema.js';
import { type OutboxScoreView } from '../../../src/grade-passback/outbox.schema.js';
import { type SuspensionView } from '../../../src/grade-passback/suspension.view.js';
import { type ToolKeyView } from '../../../src/keys/tool-key.schema.js';
import { type RegistrationView } from '../../../src/registrations/registration.schema.js';
import { pageAt, withQuery } from '../paths.js';
import { type Requested, useRequest } from '../use-request.js';
import { useRefresh } from '../use-refresh.js';
import { Finding } from '../parts/finding.js';
import { CourseLink } from '../parts/links.js';
import { Loading } from '../parts/loaded.js';
import { Page } from '../parts/page.js';
import { Problem } from '../parts/problem.js';
import { Section } from '../parts/section.js';
import { Ranking, Statistics } from '../parts/statistics.js';
import { needsPerson, SuspensionFinding, suspensionKey } from '../parts/suspensions.js';
import { Time } from '../parts/time.js';

/** How many rows of each kind are shown; a link leads to all of them. */
const SHOWN = '20';

/** An id that no course has. */
const NO_COURSE = '00000000-0000-0000-0000-000000000000';

interface ListOf<T> {
  items: T[];
  nextCursor?: string;
}

/** What needs a person, each with its reason and the next step; then what happened over time. */
export function OverviewPage() {
  const registrations = useRequest<ListOf<RegistrationView>>('registrations?limit=500');
  const tokens = useRequest<ListOf<TokenView>>('access-tokens?limit=500');
  const suspensions = useRequest<ListOf<SuspensionView>>('suspensions?limit=20');
  const keys = useRequest<ListOf<ToolKeyView>>('tool-keys');
  const webhooks = useRequest<ListOf<WebhookView>>('webhooks?limit=100');
  const suspicious = useRequest<ListOf<SyncRunView>>(
    withQuery('sync-runs', { status: 'suspicious', limit: SHOWN }),
  );
  const failed = useRequest<ListOf<SyncRunView>>(withQuery('sync-runs', { status: 'failed', limit: SHOWN }));
  const rejected = useRequest<ListOf<OutboxScoreView>>(
    withQuery('scores', { status: 'rejected', limit: SHOWN }),
  );
  const runs = [...(suspicious.data?.items ?? []), ...(failed.data?.items ?? [])];
  const areRunsRead = suspicious.data !== undefined && failed.data !== undefined;
  const ids = [...new Set(runs.map(({ courseId }) => courseId))];
  const courses = useRequest<ListOf<CourseView>>(
    areRunsRead ? withQuery('courses', { ids: ids.join(',') || NO_COURSE, limit: '100' }) : undefined,
  );
  const newest = new Set(courses.data?.items.map(({ lastSync }) => lastSync?.id));
  /** A run is of interest until the next one. */
  const isNewest = ({ id }: SyncRunView): boolean => newest.has(id);
  const all: Requested<unknown>[] = [
    ...[registrations, tokens, suspensions, keys, webhooks],
    ...[suspicious, failed, rejected, courses],
  ];
  const reloads = all.map(({ reload }) => reload);
  useRefresh(useCallback(() => reloads.forEach((reload) => reload()), reloads));
  const broken = all.find(({ problem }) => problem !== undefined);
  const isLoading = all.some(({ data }) => data === undefined);
  const findings = [
    ...(tokens.data?.items ?? []).filter(({ status }) => status === 'failing').map(tokenFinding),
    ...(suspensions.data?.items ?? []).filter(needsPerson).map(suspensionFinding),
    ...(registrations.data?.items ?? []).flatMap(registrationFindings),
    ...(rejected.data?.items ?? []).map(scoreFinding),
    ...(suspicious.data?.items ?? []).filter(isNewest).map(suspiciousFinding),
    ...(failed.data?.items ?? []).filter(isNewest).map(failedFinding),
    ...(webhooks.data?.items ?? []).filter(({ status }) => status === 'disabled').map(webhookFinding),
    ...(keys.data?.items ?? []).filter(isOld).map(keyFinding),
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
      <Statistics />
      <Ranking />
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

function suspensionFinding(suspension: SuspensionView) {
  return <SuspensionFinding key={suspensionKey(suspension)} {...suspension} />;
}

function tokenFinding({ id, registrationId, registrationName, failure }: TokenView) {
  return (
    <Finding
      key={id}
      tone="bad"
      kind="Refused"
      title={
        <>
          <a href={pageAt('registrations', registrationId)}>{registrationName}</a> gives the tool no access
          token
        </>
      }
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

function webhookFinding({ id, url, reason, updatedAt }: WebhookView) {
  return (
    <Finding
      key={id}
      tone="bad"
      kind="Disabled"
      title={`The webhook ${url} gets no events`}
      reason={reason ?? ''}
      at={<Time at={updatedAt} />}
      href={pageAt('webhooks', id)}
      step="Repair the receiver, then resume"
    />
  );
}

/** How long a key signs before the overview advises to rotate it. */
const OLD_KEY_MS = 365 * 86_400_000;

function isOld({ status, signsFrom }: ToolKeyView): boolean {
  // eslint-disable-next-line no-restricted-syntax -- the reader's time
  return status === 'active' && new Date(signsFrom).getTime() < Date.now() - OLD_KEY_MS;
}

function keyFinding({ kid, signsFrom }: ToolKeyView) {
  return (
    <Finding
      key={kid}
      tone="warning"
      kind="Rotate"
      title="The signing key is more than a year old"
      reason="A key that signs for long can leak unseen. Platforms read the new key by themselves."
      at={<Time at={signsFrom} />}
      href={pageAt('tool-keys')}
      step="Rotate the signing key"
    />
  );
}

function scoreFinding({ id, userId, userName, lineItemLabel, courseId, error, settledAt }: OutboxScoreView) {
  return (
    <Finding
      key={id}
      tone="bad"
      kind="Rejected"
      title={
        <>
          <CourseLink id={courseId} />: the platform rejected the grade of {userName ?? `user ${userId}`}
          {lineItemLabel !== null && ` for ${lineItemLabel}`}
        </>
      }
      reason={error?.message ?? ''}
      at={<Time at={settledAt} />}
      href={withQuery(pageAt('scores'), { courseId, status: 'rejected' })}
      step="Retry or cancel it"
    />
  );
}

function suspiciousFinding({ id, courseId, error, finishedAt }: SyncRunView) {
  return (
    <Finding
      key={id}
      tone="warning"
      kind="Suspicious"
      title={
        <>
          <CourseLink id={courseId} />: so many members are missing that a sync removed none
        </>
      }
      reason={error?.message ?? ''}
      at={<Time at={finishedAt} />}
      href={pageAt('sync-runs', id)}
      step="Confirm the removal, or repair the roster at the platform"
    />
  );
}

function failedFinding({ id, courseId, error, finishedAt }: SyncRunView) {
  return (
    <Finding
      key={id}
      tone="bad"
      kind="Failed"
      title={
        <>
          <CourseLink id={courseId} />: a sync failed
        </>
      }
      reason={error?.message ?? ''}
      at={<Time at={finishedAt} />}
      href={pageAt('sync-runs', id)}
      step="See the run, and sync again"
    />
  );
}
