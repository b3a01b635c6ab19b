import { useState } from 'preact/hooks';
import { type LineItemView, type ResultView } from '../../../src/courses/gradebook.schema.js';
import { usePages } from '../use-pages.js';
import { List } from '../parts/list.js';
import { Section } from '../parts/section.js';
import { Time } from '../parts/time.js';

/** The line items of a course as of its last sync, and the results of the one that is chosen. */
export function CourseGradebook({ id }: { id: string }) {
  const pages = usePages<LineItemView>(`courses/${id}/line-items`);
  const [chosen, setChosen] = useState<LineItemView>();
  return (
    <Section title="Line items and results">
      <List
        name="Line items"
        pages={pages}
        keyOf={(item) => item.id}
        columns={[
          { label: 'Label', cell: ({ label }) => label },
          { label: 'Maximum', cell: ({ scoreMaximum }) => scoreMaximum },
          { label: 'Ends', cell: ({ endDateTime }) => <Time at={endDateTime} none="no end" /> },
          {
            label: 'Results',
            cell: (item) => (
              <button
                type="button"
                class="quiet"
                aria-expanded={chosen?.id === item.id}
                onClick={() => setChosen(item)}
              >
                Show the results<span class="visually-hidden"> of {item.label}</span>
              </button>
            ),
          },
        ]}
        empty={
          <p>
            No line item is stored. The next sync reads them, if the platform offers its gradebook to the
            tool.
          </p>
        }
      />
      {chosen !== undefined && <Results key={chosen.id} courseId={id} item={chosen} />}
    </Section>
  );
}

function Results({ courseId, item }: { courseId: string; item: LineItemView }) {
  const pages = usePages<ResultView>(`courses/${courseId}/results`, { lineItemId: item.id });
  return (
    <>
      <h3>Results of {item.label}</h3>
      <List
        name={`Results of ${item.label}`}
        pages={pages}
        keyOf={({ userId }) => userId}
        columns={[
          { label: 'User id', cell: ({ userId }) => <code class="long">{userId}</code> },
          {
            label: 'Result',
            cell: ({ resultScore, resultMaximum }) =>
              resultScore === null ? (
                <span class="fine">no grade</span>
              ) : (
                `${resultScore} of ${resultMaximum}`
              ),
          },
          { label: 'Comment', cell: ({ comment }) => comment ?? '' },
          { label: 'Graded', cell: ({ gradedAt }) => <Time at={gradedAt} none="not known" /> },
        ]}
        empty={<p>The last sync of grades found no result of this line item.</p>}
      />
    </>
  );
}
