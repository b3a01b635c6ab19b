import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { type CourseView } from '../../../src/courses/course.schema.js';
import { pageAt, withQuery } from '../paths.js';
import { SyncRunState } from '../sync-run-state.js';
import { usePages } from '../use-pages.js';
import { TextField } from '../parts/field.js';
import { RegistrationLink } from '../parts/links.js';
import { List } from '../parts/list.js';
import { Page } from '../parts/page.js';
import { Time } from '../parts/time.js';

export function CoursesPage() {
  const { query, route } = useLocation();
  const { registrationId, search } = query;
  const pages = usePages<CourseView>('courses', { registrationId, search });
  return (
    <Page title="Courses">
      <Search
        value={search ?? ''}
        onSearch={(text) => route(withQuery(pageAt('courses'), { registrationId, search: text }), true)}
      />
      {registrationId !== undefined && (
        <p class="filter">
          Only the courses of <RegistrationLink id={registrationId} />.{' '}
          <a href={withQuery(pageAt('courses'), { search })}>Show all</a>
        </p>
      )}
      <List
        name="Courses"
        pages={pages}
        keyOf={({ id }) => id}
        columns={[
          {
            label: 'Title',
            cell: ({ id, title, contextId, registrationId: own }) => (
              <>
                <a href={pageAt('courses', id)}>{title ?? contextId}</a>
                {registrationId === undefined && (
                  <p class="fine">
                    <RegistrationLink id={own} />
                  </p>
                )}
              </>
            ),
          },
          { label: 'Id at the platform', cell: ({ contextId }) => <code class="long">{contextId}</code> },
          { label: 'Used', cell: ({ usedAt }) => <Time at={usedAt} /> },
          {
            label: 'Last sync',
            cell: ({ lastSync }) =>
              lastSync === null ? (
                <span class="fine">never</span>
              ) : (
                <>
                  <SyncRunState status={lastSync.status} />{' '}
                  <Time at={lastSync.finishedAt ?? lastSync.createdAt} />
                </>
              ),
          },
          { label: 'Next sync', cell: ({ nextSyncAt }) => <Time at={nextSyncAt} none="archived" /> },
        ]}
        empty={
          search !== undefined && search !== '' ? (
            <p>No course has a title that begins with "{search}", or this id at the platform.</p>
          ) : (
            <p>
              There is no course yet. The first launch from a course adds it, with its roster and gradebook.
            </p>
          )
        }
      />
    </Page>
  );
}

function Search({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const [text, setText] = useState(value);
  const submit = (event: Event): void => {
    event.preventDefault();
    onSearch(text.trim());
  };
  return (
    <form role="search" class="search" onSubmit={submit}>
      <TextField
        label="Beginning of the title, or id at the platform"
        name="search"
        type="search"
        required={false}
        value={text}
        onValue={setText}
      />
      <button type="submit">Search</button>
    </form>
  );
}
