import { useLocation } from 'preact-iso';
import { type CourseOriginView, type CourseView } from '../../../src/courses/course.schema.js';
import { call } from '../api.js';
import { pageAt } from '../paths.js';
import { useRequest } from '../use-request.js';
import { Action } from '../parts/action.js';
import { Form } from '../parts/form.js';
import { CourseLink } from '../parts/links.js';
import { Loaded } from '../parts/loaded.js';
import { Section } from '../parts/section.js';
import { useSession } from '../session.js';

/** The courses that a course was copied from. */
export function CourseOrigins({ id }: { id: string }) {
  const request = useRequest<{ items: CourseOriginView[] }>(`courses/${id}/origins`);
  return (
    <Section title="Copied from">
      <Loaded request={request}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="fine">The platform names no course that this one was copied from.</p>
          ) : (
            <ol>
              {items.map(({ contextId, courseId }) => (
                <li key={contextId}>
                  {courseId === null ? <code class="long">{contextId}</code> : <CourseLink id={courseId} />}
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </Section>
  );
}

/** The edit of a course's end points, its archive, and its deletion. */
export function CourseChange({ course, onChange }: { course: CourseView; onChange: () => void }) {
  const { canWrite } = useSession();
  const { route } = useLocation();
  if (!canWrite) return null;
  const path = `courses/${course.id}`;
  const patch = async (body: object): Promise<void> => {
    await call('PATCH', path, body);
    onChange();
  };
  const edit = (values: Readonly<Record<string, string>>): Promise<void> =>
    patch(
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value === '' ? null : value])),
    );
  const remove = async (): Promise<void> => {
    await call('DELETE', path);
    route(pageAt('courses'));
  };
  const url = { type: 'url', required: false } as const;
  return (
    <Section title="Change">
      <details>
        <summary>Edit the title and the end points</summary>
        <p class="intro">The next launch writes the end points that the platform states.</p>
        <Form
          key={course.updatedAt}
          fields={[
            { name: 'title', label: 'Title', value: course.title ?? '', required: false },
            { name: 'membershipsUrl', label: 'Roster URL', value: course.membershipsUrl ?? '', ...url },
            { name: 'lineItemsUrl', label: 'Line items URL', value: course.lineItemsUrl ?? '', ...url },
            { name: 'groupsUrl', label: 'Groups URL', value: course.groupsUrl ?? '', ...url },
            { name: 'groupSetsUrl', label: 'Group sets URL', value: course.groupSetsUrl ?? '', ...url },
          ]}
          submit="Save the changes"
          done="Saved."
          run={edit}
        />
      </details>
      <div class="actions">
        {course.concludedAt === null ? (
          <Action
            label="Archive"
            confirm="The course counts as ended: it is synced no more, until it is launched or a score is posted. What is stored stays."
            // eslint-disable-next-line no-restricted-syntax -- the reader's time
            run={() => patch({ concludedAt: new Date(Date.now()).toISOString() })}
          />
        ) : (
          <Action label="Take out of the archive" run={() => patch({ concludedAt: null })} />
        )}
        <Action
          label="Delete the course"
          kind="danger"
          confirm="Its roster, its gradebook and its scores are deleted here, also scores that were not sent. Nothing changes at the platform, and the next launch adds the course again."
          run={remove}
        />
      </div>
    </Section>
  );
}
