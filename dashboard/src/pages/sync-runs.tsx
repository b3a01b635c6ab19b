import { useLocation } from 'preact-iso';
import { type SyncRunView } from '../../../src/courses/sync-run.schema.js';
import { pageAt, withQuery } from '../paths.js';
import { shortChangesOf, SyncRunState, syncRunStates } from '../sync-run-state.js';
import { usePages } from '../use-pages.js';
import { Choice } from '../parts/field.js';
import { CourseLink, CourseOf, RegistrationLink } from '../parts/links.js';
import { List } from '../parts/list.js';
import { Page } from '../parts/page.js';
import { filterOf, stateIn } from '../parts/state.js';
import { Time } from '../parts/time.js';

const { delayed: _, ...states } = filterOf(syncRunStates);
/** A delayed run is queued. */
const filter = { ...states, queued: 'Queued or delayed' };

export function SyncRunsPage() {
  const { query, route } = useLocation();
  const { courseId, registrationId } = query;
  const status = stateIn(filter, query.status);
  const pages = usePages<SyncRunView>('sync-runs', { courseId, registrationId, status });
  const isFiltered = courseId !== undefined || registrationId !== undefined;
  return (
    <Page title="Sync runs">
      <p class="intro">
        A sync reads the roster and the gradebook of a course from its platform. Courses in use are synced by
        themselves.
      </p>
      <Choice
        label="Status"
        name="status"
        value={status}
        options={filter}
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
            cell: ({ courseId: id, registrationId: own }) => (
              <CourseOf courseId={id} registrationId={own} isNamed={!isFiltered} />
            ),
          },
          { label: 'Members', cell: shortChangesOf },
          { label: 'Why', cell: ({ error, gradesError }) => <Why {...(error ?? gradesError)} /> },
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

function Why({ message }: { message?: string }) {
  return message === undefined ? null : <p class="why">{message}</p>;
}
