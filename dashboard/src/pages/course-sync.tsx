import { type CourseView } from '../../../src/courses/course.schema.js';
import { call } from '../api.js';
import { pageAt } from '../paths.js';
import { changesOf, SyncRunState } from '../sync-run-state.js';
import { useRunProgress } from '../use-run-progress.js';
import { Action } from '../parts/action.js';
import { Section } from '../parts/section.js';
import { Time } from '../parts/time.js';

/** After "because". */
const reasons: Readonly<Record<CourseView['nextSyncReason'], string>> = {
  new_course: 'the course is new',
  launched: 'it was launched',
  score_posted: 'a score was posted',
  endpoints_changed: 'its end points have changed',
  in_use: 'it is in use',
  used_this_week: 'it was used this week',
  used_this_month: 'it was used this month',
  rarely_used: 'it is rarely used',
  fixed_interval: 'all courses are synced at one interval',
  quiet_hours: 'its platform has quiet hours before that',
  archived_gone: 'the platform says that it is gone',
  archived_concluded: 'it has ended',
  archived_unused: 'it was not used for a long time',
};

/** The last sync of a course and the next one, each with its reason. */
export function CourseSync({ course, onChange }: { course: CourseView; onChange: () => void }) {
  const { id, nextSyncAt, nextSyncReason } = course;
  const lastSync = useRunProgress(course.lastSync, onChange);
  const sync = async (): Promise<void> => {
    await call('POST', `courses/${id}/sync`);
    onChange();
  };
  const isSuspicious = lastSync?.status === 'suspicious';
  return (
    <Section
      title="Sync"
      actions={
        <Action
          label={isSuspicious ? 'Sync and remove the missing members' : 'Sync now'}
          kind="primary"
          run={sync}
          {...(isSuspicious && {
            confirm: 'Members that the platform does not list any more will be removed from this course.',
          })}
        />
      }
    >
      {lastSync === null ? (
        <div class="empty">
          <p>This course was never synced, so its roster and gradebook are empty.</p>
        </div>
      ) : (
        <div role="status">
          <p>
            <SyncRunState status={lastSync.status} />{' '}
            <a href={pageAt('sync-runs', lastSync.id)}>
              <Time at={lastSync.finishedAt ?? lastSync.startedAt ?? lastSync.createdAt} />
            </a>
            : {changesOf(lastSync)}
          </p>
          {lastSync.error !== null && <p class="bad-text">{lastSync.error.message}</p>}
          {lastSync.gradesError !== null && <p class="bad-text">Grades: {lastSync.gradesError.message}</p>}
        </div>
      )}
      <p>
        {nextSyncAt === null ? 'It is archived' : 'The next one is '}
        {nextSyncAt !== null && <Time at={nextSyncAt} />}, because {reasons[nextSyncReason]}.
      </p>
    </Section>
  );
}
