import { type SuspensionView } from '../../../src/grade-passback/suspension.view.js';
import { withQuery } from '../paths.js';
import { useRefresh } from '../use-refresh.js';
import { useRequest } from '../use-request.js';
import { Section } from '../parts/section.js';
import { SuspensionFinding, suspensionKey } from '../parts/suspensions.js';

/** What keeps the grades of a course from being sent: its own suspension, or that of its registration. Nothing if they are sent. */
export function CourseSuspensions({ id, registrationId }: { id: string; registrationId: string }) {
  const own = useSuspensions({ courseId: id });
  const all = useSuspensions({ registrationId });
  const suspensions = [...own, ...all.filter(({ courseId }) => courseId === null)];
  if (suspensions.length === 0) return null;
  return (
    <Section title="Its grades are not sent">
      <ul class="rows">
        {suspensions.map((suspension) => (
          <SuspensionFinding key={suspensionKey(suspension)} {...suspension} />
        ))}
      </ul>
    </Section>
  );
}

function useSuspensions(filter: Record<string, string>): SuspensionView[] {
  const { data, reload } = useRequest<{ items: SuspensionView[] }>(
    withQuery('suspensions', { ...filter, limit: '100' }),
  );
  useRefresh(reload);
  return data?.items ?? [];
}
