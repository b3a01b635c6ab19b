import { type SuspensionView } from '../../../src/grade-passback/suspension.view.js';
import { call } from '../api.js';
import { pageAt, withQuery } from '../paths.js';
import { usePages } from '../use-pages.js';
import { Action } from './action.js';
import { Finding } from './finding.js';
import { CourseLink, RegistrationLink } from './links.js';
import { List } from './list.js';
import { Time } from './time.js';

/** What an operator does about each cause. */
export const suspensionSteps: Readonly<Record<SuspensionView['cause'], string>> = {
  operator: 'Resume when the platform may get scores again.',
  authentication: 'The platform refuses the access token: check the registration.',
  client: 'The platform does not accept this tool as a client: check the registration.',
  scope: 'The platform does not grant the scope: ask its administrator, then check the registration.',
  throttled: 'Nothing: the platform asked for a pause.',
  unreachable: 'Nothing, if the platform comes back. Otherwise ask its administrator.',
  failing: 'Nothing, if the platform recovers. Otherwise ask its administrator.',
};

/** When scores are sent again. */
export const howItEnds =
  'At the next try one score is sent. If the platform accepts it, all others follow. “Resume” tries at once.';

/** After this time a fault that usually ends by itself needs a person, too. */
const LONG_MS = 3_600_000;

/** Whether the suspension lasts until a person does something. */
export function needsPerson({ cause, since }: SuspensionView): boolean {
  if (['operator', 'authentication', 'client', 'scope'].includes(cause)) return true;
  // eslint-disable-next-line no-restricted-syntax -- the reader's time
  return new Date(since).getTime() < Date.now() - LONG_MS;
}

export function suspensionKey(one: SuspensionView): string {
  return JSON.stringify([
    one.registrationId,
    one.subject,
    one.courseId,
    one.lineItemId,
    one.origin,
    one.cause,
  ]);
}

/** That scores are not sent, why, and what to do. */
export function SuspensionFinding(suspension: SuspensionView) {
  const { registrationId, courseId, cause, error, since } = suspension;
  const step = needsPerson(suspension) ? 'Check the registration, then resume' : 'Look at the delivery';
  return (
    <Finding
      tone={cause === 'operator' ? 'warning' : 'bad'}
      kind={cause === 'operator' ? 'Paused' : 'Suspended'}
      title={
        <>
          Grades of{' '}
          {courseId === null ? <RegistrationLink id={registrationId} /> : <CourseLink id={courseId} />} are
          not sent
        </>
      }
      reason={`${error.message} ${suspensionSteps[cause]}`}
      at={<Time at={since} />}
      href={cause === 'operator' ? pageAt('scores') : pageAt('registrations', registrationId)}
      step={cause === 'operator' ? 'Resume the delivery' : step}
    />
  );
}

function resumePath({ courseId, registrationId }: SuspensionView): string {
  return courseId === null
    ? `registrations/${registrationId}/delivery/resume`
    : `courses/${courseId}/delivery/resume`;
}

/** The suspensions, each with its reason, the time of its next try, and a button that ends it. */
export function Suspensions({
  registrationId,
  courseId,
  onChange,
}: {
  registrationId?: string | undefined;
  courseId?: string | undefined;
  onChange?: () => void;
}) {
  const pages = usePages<SuspensionView>('suspensions', { registrationId, courseId });
  const resume = async (suspension: SuspensionView): Promise<void> => {
    await call('POST', resumePath(suspension));
    pages.reload();
    onChange?.();
  };
  return (
    <List
      name="Suspensions"
      pages={pages}
      keyOf={suspensionKey}
      columns={[
        { label: 'Suspended', cell: (suspension) => <Subject {...suspension} /> },
        {
          label: 'Why',
          cell: ({ error, cause }) => (
            <>
              <p class="why">{error.message}</p>
              <p class="fine">{suspensionSteps[cause]}</p>
            </>
          ),
        },
        { label: 'Since', cell: ({ since }) => <Time at={since} /> },
        { label: 'Failures', cell: ({ failures }) => failures },
        { label: 'Next try', cell: ({ retryAt }) => <Time at={retryAt} none="when you resume" /> },
        {
          label: 'Change',
          cell: (suspension) => <Action label="Resume" run={() => resume(suspension)} />,
        },
      ]}
      empty={<p>Nothing is suspended: scores are sent as they come.</p>}
    />
  );
}

function Subject({ subject, registrationId, courseId, lineItemId, origin }: SuspensionView) {
  return (
    <>
      <RegistrationLink id={registrationId} />
      {subject === 'registration' && <p>All scores</p>}
      {subject === 'origin' && <p class="long">Scores to {origin}</p>}
      {courseId !== null && (
        <p>
          <CourseLink id={courseId} />
        </p>
      )}
      {lineItemId !== null && <p class="long fine">{lineItemId}</p>}
      <p>
        <a
          href={withQuery(pageAt('scores'), {
            status: 'pending',
            ...(courseId === null ? { registrationId } : { courseId }),
          })}
        >
          Scores that wait
        </a>
      </p>
    </>
  );
}
