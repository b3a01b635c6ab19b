import { useLocation, useRoute } from 'preact-iso';
import { type RequestedRun, type SyncRunView } from '../../../src/courses/sync-run.schema.js';
import { call } from '../api.js';
import { pageAt } from '../paths.js';
import { changesOf, SyncRunState } from '../sync-run-state.js';
import { useRequest } from '../use-request.js';
import { useRunProgress } from '../use-run-progress.js';
import { Action } from '../parts/action.js';
import { Facts } from '../parts/facts.js';
import { CourseLink, RegistrationLink } from '../parts/links.js';
import { Loaded } from '../parts/loaded.js';
import { Page } from '../parts/page.js';
import { Section } from '../parts/section.js';
import { Time } from '../parts/time.js';

export function SyncRunPage() {
  const id = useRoute().params.id ?? '';
  const { route } = useLocation();
  const request = useRequest<SyncRunView>(`sync-runs/${encodeURIComponent(id)}`);
  const data = useRunProgress(request.data, request.reload);
  const retry = async ({ id: runId, status, courseId }: SyncRunView): Promise<void> => {
    // A sync on request is what confirms a removal.
    const path = status === 'failed' ? `sync-runs/${runId}/retry` : `courses/${courseId}/sync`;
    const run = await call<RequestedRun>('POST', path);
    route(pageAt('sync-runs', run.id));
  };
  return (
    <Page title="Sync run" back={{ href: pageAt('sync-runs'), label: 'Sync runs' }}>
      <Loaded request={{ ...request, data }}>
        {(run) => (
          <Section title="What happened" actions={<Retry run={run} onRetry={() => retry(run)} />}>
            <div role="status">
              <p>
                <SyncRunState status={run.status} /> {changesOf(run)}
              </p>
              <Faults run={run} />
            </div>
            <Facts
              facts={[
                ['Course', <CourseLink id={run.courseId} />],
                ['Registration', <RegistrationLink id={run.registrationId} />],
                [
                  'Started by',
                  run.trigger === 'request' ? 'a request of the REST API or a person' : 'the schedule',
                ],
                ['Pages read', run.counts.pages],
                ['Line items read', run.counts.lineItems],
                ['Results read', run.counts.results],
                ['Token requests', run.counts.tokenRequests],
                ['Attempts', run.attempts],
                ['Created', <Time at={run.createdAt} />],
                ['Started', <Time at={run.startedAt} none="not yet" />],
                ['Finished', <Time at={run.finishedAt} none="not yet" />],
                ...(run.retryAt === null ? [] : [['Next try', <Time at={run.retryAt} />] as const]),
              ]}
            />
          </Section>
        )}
      </Loaded>
    </Page>
  );
}

function Retry({ run: { status }, onRetry }: { run: SyncRunView; onRetry: () => Promise<void> }) {
  if (status === 'suspicious') {
    return (
      <Action
        label="Sync and remove the missing members"
        kind="danger"
        confirm="Members that the platform does not list any more will be removed from the course."
        run={onRetry}
      />
    );
  }
  if (status === 'failed' || status === 'cancelled')
    return <Action label="Sync again" kind="primary" run={onRetry} />;
  return null;
}

function Faults({ run: { error, gradesError, groupsError } }: { run: SyncRunView }) {
  const faults = [
    ['Roster', error],
    ['Line items and results', gradesError],
    ['Groups', groupsError],
  ] as const;
  return (
    <>
      {faults.map(
        ([what, fault]) =>
          fault !== null && (
            <p key={what} class="bad-text">
              {what}: {fault.message} <code>{fault.code}</code>
            </p>
          ),
      )}
    </>
  );
}
