import { WaitingLine } from './waiting-line.js';

it('lets out who came first, without those who have left', () => {
  const line = new WaitingLine<{ nr: number }>();
  const all = Array.from({ length: 500 }, (_, nr) => ({ nr }));
  for (const one of all) line.push(one);
  for (const one of all) if (one.nr % 3 === 0) line.remove(one);
  expect(line.length).toBe(333);
  line.remove({ nr: 1 });
  const out: number[] = [];
  for (let one = line.shift(); one !== undefined; one = line.shift()) out.push(one.nr);
  expect(out).toEqual(all.filter(({ nr }) => nr % 3 !== 0).map(({ nr }) => nr));
  expect(line.length).toBe(0);
  line.push(all[0]!);
  expect(line.shift()).toBe(all[0]);
});
