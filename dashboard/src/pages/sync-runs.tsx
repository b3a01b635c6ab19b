import { useLocation } from 'preact-iso';
import { type SyncRunView } from '../../../src/courses/sync-run.schema.js';
import { pageAt, withQuery } from '../paths.js';
import { changesOf, SyncRunState } from '../sync-run-state.js';
import { usePages } from '../use-pages.js';
import { Choice } from '../parts/field.js';
import { CourseLink, RegistrationLink } from '../parts/links.js';
import { List } from '../parts/list.js';
import { Page } from '../parts/page.js';
import { Time } from '../parts/time.js';

const states = {
  '': 'All',
  queued: 'Queued or delayed',
  running: 'Running',
  completed: 'Completed',
  suspicious: 'Suspicious',
  failed: 'Failed',
  cancelled: 'Cancelled',
} as const;
type Status = keyof typeof states;

export function SyncRunsPage() {
  const { query, route } = useLocation();
  const { courseId, registrationId } = query;
  const status = (query.status !== undefined && query.status in states ? query.status : '') as Status;
  const pages = usePages<SyncRunView>('sync-runs', { courseId, registrationId, status });
  const isFiltered = courseId !== undefined || registrationId !== undefined;
  return (
    <Page title="Sync runs">
      <Choice
        label="Status"
        name="status"
        value={status}
        options={states}
        onValue={(one) =>
          route(withQuery(pageAt('sync-runs'), { courseId, registrationId, status: one }), true)
        }
      />
      {isFiltered && (
        <p class="filter">
          Only the runs of {courseId !== undefined && <CourseLink id={courseId} />}
          {courseId === undefined && registrationId !== undefined && <RegistrationLink id={registrationId} />}
          . <a href={withQuery(pageAt('sync-runs'), { status })}>Show all</a>
        </p>
      )}
      <List
        name="Sync runs"
        pages={pages}
        keyOf={({ id }) => id}
        columns={[
          {
            label: 'Created',
            cell: ({ id, createdAt }) => (
              <a href={pageAt('sync-runs', id)}>
                <Time at={createdAt} />
              </a>
            ),
          },
          { label: 'Status', cell: ({ status: one }) => <SyncRunState status={one} /> },
          {
            label: 'Course',
            cell: ({ courseId: id }) => <CourseLink id={id} />,
          },
          { label: 'Members', cell: changesOf },
          { label: 'Why', cell: ({ error, gradesError }) => (error ?? gradesError)?.message ?? '' },
        ]}
        empty={
          status === '' && !isFiltered ? (
            <p>No course was synced yet. Courses are synced by themselves after their first launch.</p>
          ) : (
            <p>There is no such run.</p>
          )
        }
      />
    </Page>
  );
}
