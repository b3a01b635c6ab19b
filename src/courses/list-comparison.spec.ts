import { compareList, type ListedRow } from './list-comparison.js';

const PORTION = 5000;

function stored(count: number, marked: readonly number[] = []): ListedRow[] {
  return Array.from({ length: count }, (_, index) => ({
    id: String(index).padStart(6, '0'),
    missingSince: marked.includes(index) ? new Date(0) : null,
  }));
}

const compare = (rows: ListedRow[], seen: readonly string[]) =>
  compareList(new Set(seen), (after, take) =>
    Promise.resolve(rows.filter(({ id }) => id > after).slice(0, take)),
  );

describe('a stored list beside a reading of it', () => {
  it('lists the entries that the reading did not show, and whether they were missing before', async () => {
    const { missing, ...rest } = await compare(stored(4, [1, 3]), ['000000', '000003', 'new']);
    expect(missing).toEqual([
      { id: '000001', confirmed: true },
      { id: '000002', confirmed: false },
    ]);
    expect(rest).toEqual({ stored: 4, isMarked: true });
  });

  it.each([0, 1, PORTION - 1, PORTION, PORTION + 1, 2 * PORTION])(
    'compares the lists to their end: %d',
    async (count) => {
      const comparison = await compare(stored(count), ['none']);
      expect(comparison).toMatchObject({ stored: count, isMarked: false });
      expect(comparison.missing).toHaveLength(count);
    },
  );
});
