import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scoreRefusal } from './grades-refusal.js';
import { readLineItem } from './line-item.js';

interface Exchange {
  kind: string;
  method: string;
  path: string;
  requestBody: string;
  /** false: PHP wrote a status line that nginx does not take, so callers get 502. */
  status: number | false;
  headers: string[];
  body: string;
}

const exchanges = JSON.parse(
  readFileSync(join(process.cwd(), 'test/fixtures/moodle-4.5.6-services-2.json'), 'utf8'),
) as Exchange[];
const receivedAt = new Date('2026-11-28T13:00:00Z');

function of(kind: string, method: string): Exchange[] {
  return exchanges.filter((exchange) => exchange.kind === kind && exchange.method === method);
}

function headersOf({ headers }: Exchange): Record<string, string> {
  return Object.fromEntries(
    headers.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

/** What nginx makes of an answer that it does not take. */
const NGINX_PAGE = '<html><head><title>502 Bad Gateway</title></head></html>';

/** What the recorded answers to scores mean, by their status. 401 and 503 are decided before. */
const MEANINGS: Readonly<Record<string, string>> = {
  400: 'grades_refused',
  404: 'line_item_gone',
  409: 'score_stale',
  500: 'grades_unavailable',
  502: 'score_intercepted',
};

describe('what Moodle 4.5.6 was recorded to answer', () => {
  it('to scores is a verdict, a failure or neither', () => {
    const met = new Set<number>();
    for (const exchange of of('scores', 'POST')) {
      const status = exchange.status === false ? 502 : exchange.status;
      if (MEANINGS[status] === undefined) continue;
      met.add(status);
      const url = `http://127.0.0.1:32080${exchange.path}`;
      const body = exchange.status === false ? NGINX_PAGE : exchange.body;
      const answer = { status, headers: headersOf(exchange), body, url, receivedAt };
      expect({ status, code: scoreRefusal(answer, 'moodle').code }).toEqual({
        status,
        code: MEANINGS[status],
      });
    }
    expect([...met].sort()).toEqual([400, 404, 409, 500, 502]);
  });

  it('with a line item can be read, also where it tells dates that it does not keep', () => {
    const items = [...of('lineitem', 'GET'), ...of('lineitem', 'PUT'), ...of('lineitems', 'POST')]
      .filter(({ status }) => status === 200 || status === 201)
      .map(({ body }) => readLineItem(JSON.parse(body)).lineItem);
    expect(items.map(({ label, scoreMaximum }) => [label, scoreMaximum])).toEqual([
      ['Quiz \u{1F600} <b>&</b> "\u00e9"', 20],
      ['Renamed', 40],
      ['Renamed', 40],
      ['Window 2 renamed', 50],
      ['Quiz \u{1F600} <b>&</b> "\u00e9"', 20],
      ['Par', 10],
    ]);
  });
});
