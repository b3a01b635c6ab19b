import { useRoute } from 'preact-iso';
import { type CourseView } from '../../../src/courses/course.schema.js';
import { pageAt, withQuery } from '../paths.js';
import { useRequest } from '../use-request.js';
import { Facts } from '../parts/facts.js';
import { RegistrationLink } from '../parts/links.js';
import { Loaded } from '../parts/loaded.js';
import { Page } from '../parts/page.js';
import { Section } from '../parts/section.js';
import { Time } from '../parts/time.js';
import { CourseChange, CourseOrigins } from './course-change.js';
import { CourseGradebook } from './course-gradebook.js';
import { CourseRoster } from './course-roster.js';
import { CourseSuspensions } from './course-suspensions.js';
import { CourseSync } from './course-sync.js';

export function CoursePage() {
  const id = useRoute().params.id ?? '';
  const request = useRequest<CourseView>(`courses/${encodeURIComponent(id)}`);
  const { data } = request;
  return (
    <Page
      title={data === undefined ? 'Course' : (data.title ?? data.contextId)}
      back={{ href: pageAt('courses'), label: 'Courses' }}
      actions={
        <>
          <a class="button" href={withQuery(pageAt('sync-runs'), { courseId: id })}>
            Its sync runs
          </a>
          <a class="button" href={withQuery(pageAt('scores'), { courseId: id })}>
            Its grades
          </a>
        </>
      }
    >
      <Loaded request={request}>
        {(course) => (
          <>
            <CourseSuspensions {...{ id, registrationId: course.registrationId }} />
            <CourseSync course={course} onChange={request.reload} />
            <CourseRoster
              {...{ id, registrationId: course.registrationId }}
              key={`roster ${course.lastSync?.finishedAt ?? ''}`}
            />
            <CourseGradebook id={id} key={`gradebook ${course.lastSync?.finishedAt ?? ''}`} />
            <CourseOrigins id={id} />
            <Details course={course} />
            <CourseChange course={course} onChange={request.reload} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Details({ course }: { course: CourseView }) {
  const url = (text: string | null) => (text === null ? undefined : <span class="long">{text}</span>);
  return (
    <Section title="Details">
      <Facts
        facts={[
          ['Registration', <RegistrationLink id={course.registrationId} />],
          ['Id at the platform', <code class="long">{course.contextId}</code>],
          ['Deployment', <code>{course.deploymentId}</code>],
          ['Roster URL', url(course.membershipsUrl)],
          ['Line items URL', url(course.lineItemsUrl)],
          ['Groups URL', url(course.groupsUrl)],
          ['Launched', <Time at={course.launchedAt} />],
          ['Used', <Time at={course.usedAt} />],
          ['Ends', <Time at={course.concludedAt} none="not known" />],
        ]}
      />
    </Section>
  );
}
