import { useLocation } from 'preact-iso';
import { type OutboxScoreView } from '../../../src/grade-passback/outbox.schema.js';
import { call } from '../api.js';
import { pageAt, withQuery } from '../paths.js';
import { usePages } from '../use-pages.js';
import { Action } from '../parts/action.js';
import { Choice } from '../parts/field.js';
import { CourseLink, CourseOf, RegistrationLink, UserLink } from '../parts/links.js';
import { List } from '../parts/list.js';
import { Page } from '../parts/page.js';
import { Section } from '../parts/section.js';
import { filterOf, State, stateIn, type States } from '../parts/state.js';
import { howItEnds, Suspensions } from '../parts/suspensions.js';
import { Time } from '../parts/time.js';
import { ScoresDownload } from './scores-download.js';

const states: States<OutboxScoreView['status']> = {
  pending: ['pending', 'neutral'],
  posted: ['posted', 'good'],
  rejected: ['rejected', 'bad'],
  superseded: ['superseded', 'neutral'],
  cancelled: ['cancelled', 'neutral'],
};

const filter = filterOf(states);

/** The scores on their way to the platforms. */
export function ScoresPage() {
  const { query, route } = useLocation();
  const { courseId, registrationId, userId } = query;
  const status = stateIn(filter, query.status);
  const filters = { status, courseId, registrationId, userId };
  const pages = usePages<OutboxScoreView>('scores', filters);
  const isFiltered = courseId !== undefined || registrationId !== undefined || userId !== undefined;
  const change = (work: () => Promise<unknown>) => async (): Promise<void> => {
    await work();
    pages.reload();
  };
  return (
    <Page title="Grades" actions={<ScoresDownload key={JSON.stringify(filters)} filters={filters} />}>
      <p class="intro">
        Scores wait here until their platform has accepted them. A score that waits is tried again by itself;
        a rejected one needs you.
      </p>
      {userId === undefined && (
        <Section
          title="Suspensions"
          intro={`Scores that are not sent until a fault is fixed. None is lost. ${howItEnds}`}
        >
          <Suspensions {...{ registrationId, courseId }} onChange={pages.reload} />
        </Section>
      )}
      <Choice
        label="Status"
        name="status"
        value={status}
        options={filter}
        onValue={(one) => route(withQuery(pageAt('scores'), { ...filters, status: one }), true)}
      />
      {isFiltered && (
        <p class="filter">
          Only the scores of {courseId !== undefined && <CourseLink id={courseId} />}
          {courseId === undefined && registrationId !== undefined && <RegistrationLink id={registrationId} />}
          {userId !== undefined && <> user {userId}</>}.{' '}
          <a href={withQuery(pageAt('scores'), { status })}>Show all</a>
        </p>
      )}
      {courseId !== undefined && status === 'rejected' && (
        <p class="actions">
          <Action
            label="Send all rejected scores again"
            kind="primary"
            run={change(() => call('POST', `courses/${courseId}/scores/retry`))}
          />
          <Action
            label="Cancel all rejected scores"
            kind="danger"
            confirm="No rejected score of this course will be sent any more."
            run={change(() => call('POST', `courses/${courseId}/scores/cancel`))}
          />
        </p>
      )}
      <List
        name="Scores"
        pages={pages}
        keyOf={({ id }) => id}
        columns={[
          { label: 'User', cell: (score) => <UserLink {...score} /> },
          { label: 'Score', cell: (score) => <Value {...score} /> },
          { label: 'Status, since', cell: (score) => <Status {...score} /> },
          { label: 'Why', cell: ({ error }) => error !== null && <p class="why">{error.message}</p> },
          { label: 'Next try', cell: (score) => <NextTry {...score} /> },
          {
            label: 'Course',
            cell: (score) => (
              <CourseOf {...score} isNamed={courseId === undefined && registrationId === undefined} />
            ),
          },
          {
            label: 'Change',
            cell: (score) => (
              <span class="actions">
                {score.status === 'rejected' && (
                  <Action label="Retry" run={change(() => call('POST', `scores/${score.id}/retry`))} />
                )}
                {(score.status === 'rejected' || score.status === 'pending') && (
                  <Action
                    label="Cancel"
                    kind="danger"
                    confirm={`The score of user ${score.userId} will not be sent any more.`}
                    run={change(() => call('POST', `scores/${score.id}/cancel`))}
                  />
                )}
              </span>
            ),
          },
        ]}
        empty={
          status === '' && !isFiltered ? (
            <p>The outbox is empty: your tool has posted no score yet.</p>
          ) : (
            <p>There is no such score.</p>
          )
        }
      />
    </Page>
  );
}

function Value({ scoreGiven, scoreMaximum, lineItemLabel }: OutboxScoreView) {
  return (
    <>
      {scoreGiven === null ? 'clears the grade' : `${scoreGiven} of ${scoreMaximum ?? '?'}`}
      {lineItemLabel !== null && <p class="fine long">{lineItemLabel}</p>}
    </>
  );
}

function Status({ status, settledAt, createdAt }: OutboxScoreView) {
  return (
    <>
      <State state={status} of={states} />
      <p class="fine">
        <Time at={settledAt ?? createdAt} />
      </p>
    </>
  );
}

function NextTry({ status, retryAt }: OutboxScoreView) {
  return status === 'pending' ? <Time at={retryAt} none="when you resume the delivery" /> : <></>;
}
