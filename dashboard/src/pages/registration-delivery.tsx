import { type DeliveryStateView } from '../../../src/grade-passback/delivery-state.view.js';
import { type SuspensionView } from '../../../src/grade-passback/suspension.view.js';
import { call } from '../api.js';
import { pageAt, withQuery } from '../paths.js';
import { usePages } from '../use-pages.js';
import { useRequest } from '../use-request.js';
import { Action } from '../parts/action.js';
import { Badge, type Tone } from '../parts/badge.js';
import { List } from '../parts/list.js';
import { Loaded } from '../parts/loaded.js';
import { Section } from '../parts/section.js';
import { Time } from '../parts/time.js';

const tones: Readonly<Record<DeliveryStateView['status'], Tone>> = {
  running: 'good',
  paused: 'warning',
  suspended: 'bad',
};

/** Whether the scores of a registration are delivered, and what suspends them. */
export function RegistrationDelivery({ id }: { id: string }) {
  const state = useRequest<DeliveryStateView>(`registrations/${id}/delivery`);
  const suspensions = usePages<SuspensionView>(`registrations/${id}/suspensions`);
  const change = (what: 'pause' | 'resume') => async (): Promise<void> => {
    await call('POST', `registrations/${id}/delivery/${what}`);
    state.reload();
    suspensions.reload();
  };
  return (
    <Section title="Grade delivery">
      <Loaded request={state}>
        {({ status, scores }) => (
          <>
            <p>
              <Badge tone={tones[status]}>{status}</Badge>{' '}
              <a href={withQuery(pageAt('scores'), { registrationId: id, status: 'pending' })}>
                {scores.pending} pending
              </a>
              ,{' '}
              <a href={withQuery(pageAt('scores'), { registrationId: id, status: 'rejected' })}>
                {scores.rejected} rejected
              </a>
            </p>
            {status !== 'running' && (
              <>
                <List
                  name="Suspensions"
                  pages={suspensions}
                  keyOf={({ subject, courseId, lineItemId, origin, cause }) =>
                    JSON.stringify([subject, courseId, lineItemId, origin, cause])
                  }
                  columns={[
                    { label: 'Suspended', cell: (suspension) => <Subject {...suspension} /> },
                    { label: 'Why', cell: ({ error }) => error.message },
                    { label: 'Since', cell: ({ since }) => <Time at={since} /> },
                    {
                      label: 'Next try',
                      cell: ({ retryAt }) => <Time at={retryAt} none="when you resume" />,
                    },
                  ]}
                  empty={<p>Nothing is suspended any more.</p>}
                />
                <Action label="Resume" kind="primary" run={change('resume')} />
              </>
            )}
            {status === 'running' && (
              <Action
                label="Pause"
                run={change('pause')}
                confirm="No score of this registration will be sent until you resume. Scores are kept."
              />
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Subject({ subject, courseId, lineItemId, origin }: SuspensionView) {
  if (subject === 'registration') return <>All scores</>;
  if (subject === 'origin') return <span class="long">Scores to {origin}</span>;
  return (
    <>
      {courseId !== null && <a href={pageAt('courses', courseId)}>Course</a>}
      {lineItemId !== null && <span class="long"> {lineItemId}</span>}
    </>
  );
}
