import { type DeliveryStateView } from '../../../src/grade-passback/delivery-state.view.js';
import { call } from '../api.js';
import { pageAt, withQuery } from '../paths.js';
import { useRefresh } from '../use-refresh.js';
import { useRequest } from '../use-request.js';
import { Action } from '../parts/action.js';
import { Loaded } from '../parts/loaded.js';
import { Section } from '../parts/section.js';
import { howItEnds, Suspensions } from '../parts/suspensions.js';
import { State, type States } from '../parts/state.js';

const states: States<DeliveryStateView['status']> = {
  running: ['running', 'good'],
  paused: ['paused', 'warning'],
  suspended: ['suspended', 'bad'],
};

/** Whether the scores of a registration are delivered, and what suspends them. */
export function RegistrationDelivery({ id }: { id: string }) {
  const state = useRequest<DeliveryStateView>(`registrations/${id}/delivery`);
  useRefresh(state.reload);
  const change = (what: 'pause' | 'resume') => async (): Promise<void> => {
    await call('POST', `registrations/${id}/delivery/${what}`);
    state.reload();
  };
  return (
    <Section title="Grade delivery">
      <Loaded request={state}>
        {({ status, scores }) => (
          <>
            <p>
              <State state={status} of={states} />{' '}
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
                {status === 'suspended' && <p class="fine">{howItEnds}</p>}
                <Suspensions key={status} registrationId={id} onChange={state.reload} />
                <Action label="Resume all" kind="primary" run={change('resume')} />
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
