import { type SuspensionView } from '../../../src/grade-passback/suspension.view.js';
import { withQuery } from '../paths.js';
import { useRefresh } from '../use-refresh.js';
import { type Requested, useRequest } from '../use-request.js';
import { Problem } from '../parts/problem.js';
import { Section } from '../parts/section.js';
import { SuspensionFinding, suspensionKey } from '../parts/suspensions.js';

/** What keeps the grades of a course from being sent: its own suspension, or that of its registration. Nothing if they are sent. */
export function CourseSuspensions({ id, registrationId }: { id: string; registrationId: string }) {
  const own = useSuspensions({ courseId: id });
  const all = useSuspensions({ registrationId });
  const problem = own.problem ?? all.problem;
  const ofRegistration = itemsOf(all).filter(({ courseId }) => courseId === null);
  const suspensions = [...itemsOf(own), ...ofRegistration];
  return (
    <>
      {problem !== undefined && (
        <Section title="Whether its grades are sent">
          <Problem problem={problem} onRetry={() => [own, all].forEach(({ reload }) => reload())} />
        </Section>
      )}
      {suspensions.length > 0 && (
        <Section title="Its grades are not sent">
          <ul class="rows">
            {suspensions.map((suspension) => (
              <SuspensionFinding key={suspensionKey(suspension)} {...suspension} />
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

interface ListOfSuspensions {
  items: SuspensionView[];
}

function useSuspensions(filter: Record<string, string>): Requested<ListOfSuspensions> {
  const request = useRequest<ListOfSuspensions>(withQuery('suspensions', { ...filter, limit: '100' }));
  useRefresh(request.reload);
  return request;
}

function itemsOf({ data }: Requested<ListOfSuspensions>): SuspensionView[] {
  return data?.items ?? [];
}
