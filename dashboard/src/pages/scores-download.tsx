import { useState } from 'preact/hooks';
import { type OutboxScoreView } from '../../../src/grade-passback/outbox.schema.js';
import { type ApiProblem, call, problemOf } from '../api.js';
import { csvOf } from '../csv.js';
import { withQuery } from '../paths.js';

/** The most scores of a file. */
const MAX_SCORES = 20_000;

type Filters = Readonly<Record<string, string | undefined>>;

/** Where the next file begins. */
interface Rest {
  cursor: string | undefined;
  file: number;
}

const begin: Rest = { cursor: undefined, file: 1 };

async function readScores(
  filters: Filters,
  from: Rest,
): Promise<{ scores: OutboxScoreView[]; cursor?: string }> {
  const scores: OutboxScoreView[] = [];
  for (let { cursor } = from; ;) {
    const path = withQuery('scores', { ...filters, limit: '500', cursor });
    const page = await call<{ items: OutboxScoreView[]; nextCursor?: string }>('GET', path);
    scores.push(...page.items);
    if (page.nextCursor === undefined) return { scores };
    cursor = page.nextCursor;
    if (scores.length >= MAX_SCORES) return { scores, cursor };
  }
}

function saveAs(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}

/** A button that saves the listed scores as CSV. More than one file can hold are saved file by file. */
export function ScoresDownload({ filters }: { filters: Filters }) {
  const [rest, setRest] = useState(begin);
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<ApiProblem | string>('');
  const isFirst = rest.file === 1;
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const { scores, cursor } = await readScores(filters, rest);
      const rows = scores.map(({ error, ...score }) => ({
        ...score,
        errorCode: error?.code,
        error: error?.message,
      }));
      saveAs(isFirst ? 'scores.csv' : `scores-${rest.file}.csv`, csvOf(rows));
      setRest(cursor === undefined ? begin : { cursor, file: rest.file + 1 });
      setOutcome(
        cursor === undefined
          ? `Saved ${scores.length} scores.`
          : `Saved ${scores.length} scores, and there are more: save the next file, too.`,
      );
    } catch (error) {
      setOutcome(problemOf(error));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" disabled={isBusy} onClick={() => void save()}>
        {isBusy ? 'Reading…' : isFirst ? 'Save as CSV' : `Save file ${rest.file}`}
      </button>
      <span role="status" class={outcome instanceof Error ? 'bad-text' : ''}>
        {outcome instanceof Error ? outcome.message : outcome}
      </span>
    </>
  );
}
