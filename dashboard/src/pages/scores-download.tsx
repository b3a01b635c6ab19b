import { useState } from 'preact/hooks';
import { type OutboxScoreView } from '../../../src/grade-passback/outbox.schema.js';
import { type ApiProblem, call, problemOf } from '../api.js';
import { csvOf } from '../csv.js';
import { withQuery } from '../paths.js';

/** The most scores of a file. */
const MAX_SCORES = 20_000;

type Filters = Readonly<Record<string, string | undefined>>;

async function allScores(filters: Filters): Promise<OutboxScoreView[]> {
  const scores: OutboxScoreView[] = [];
  for (let cursor: string | undefined; scores.length < MAX_SCORES;) {
    const path = withQuery('scores', { ...filters, limit: '500', cursor });
    const page = await call<{ items: OutboxScoreView[]; nextCursor?: string }>('GET', path);
    scores.push(...page.items);
    if (page.nextCursor === undefined) break;
    cursor = page.nextCursor;
  }
  return scores;
}

/** A button that saves the listed scores as CSV. */
export function ScoresDownload({ filters }: { filters: Filters }) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const scores = await allScores(filters);
      const rows = scores.map(({ error, ...score }) => ({
        ...score,
        errorCode: error?.code,
        error: error?.message,
      }));
      const url = URL.createObjectURL(new Blob([csvOf(rows)], { type: 'text/csv' }));
      Object.assign(document.createElement('a'), { href: url, download: 'scores.csv' }).click();
      URL.revokeObjectURL(url);
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" disabled={isBusy} onClick={() => void save()}>
        {isBusy ? 'Reading…' : 'Save as CSV'}
      </button>
      {problem !== undefined && <span class="bad-text">{problem.message}</span>}
    </>
  );
}
