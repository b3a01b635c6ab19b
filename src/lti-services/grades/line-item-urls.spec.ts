import { withQuery } from '../../common/query.js';
import { type OAuthClient } from '../../access-tokens/oauth-client.js';
import {
  calledUrl,
  lineItemKey,
  lineItemUrlAt,
  resultsUrl,
  resultUrl,
  ScoresUrls,
  scoresUrl,
  withCallableId,
} from './line-item-urls.js';

const endpoint = 'https://lms.example/items';
const foreign = expect.objectContaining({ code: 'foreign_line_item' });

it('calls a line item by https that is named by http, on the same host', () => {
  expect(lineItemUrlAt(endpoint, 'generic', 'http://lms.example/items/1?Type=2')).toBe(
    'https://lms.example/items/1?Type=2',
  );
  expect(() => lineItemUrlAt(endpoint, 'generic', 'http://elsewhere.example/items/1')).toThrow(foreign);
  expect(() => lineItemUrlAt(endpoint, 'generic', 'http://lms.example:8080/items/1')).toThrow(foreign);
  expect(lineItemUrlAt('http://lms.example/items', 'generic', 'http://lms.example/items/1')).toBe(
    'http://lms.example/items/1',
  );
});

it('lists a line item by the URL by which it is called', () => {
  const client = { endpoints: { lineItems: endpoint }, registration: { id: 'r1' } } as unknown as OAuthClient;
  const label = 'Quiz';
  expect(withCallableId(client, { id: 'http://lms.example/items/1', label })).toEqual({
    id: 'https://lms.example/items/1',
    label,
  });
  const others = ['https://lms.example/items/1', 'http://elsewhere.example/items/1', 'not a URL'];
  for (const id of others) expect(withCallableId(client, { id, label })).toEqual({ id, label });
});

const item = 'https://lms.example.edu/2/lineitems/16/lineitem?type_id=1&x=%2F+a';

it('adds scores and results to the path of a line item, and keeps its query', () => {
  const base = 'https://lms.example.edu/2/lineitems/16/lineitem';
  expect(scoresUrl(item)).toBe(`${base}/scores?type_id=1&x=%2F+a`);
  expect(resultsUrl(item, 'moodle')).toBe(`${base}/results?type_id=1&x=%2F+a`);
  expect(resultUrl(item, 'a/b?c')).toBe(`${base}/results/a%2Fb%3Fc?type_id=1&x=%2F+a`);
  expect(scoresUrl(`${base}/`)).toBe(`${base}/scores`);
});

it('ends the results URL with a slash at Open edX', () => {
  expect(resultsUrl('https://edx.example/api/1', 'openedx')).toBe('https://edx.example/api/1/results/');
});

it.each(['.', '..'])('has no results URL for a student with the id %j', (userId) => {
  expect(resultUrl(item, userId)).toBeUndefined();
});

it('adds parameters to a query, and replaces parameters of the same name', () => {
  expect(withQuery(item, { tag: 'a b', limit: undefined })).toBe(`${item}&tag=a%20b`);
  expect(withQuery('https://lms.example/items', { limit: 5 })).toBe('https://lms.example/items?limit=5');
  expect(withQuery('https://lms.example/items?limit=9', { limit: 5 })).toBe(
    'https://lms.example/items?limit=5',
  );
});

/** The parts of a client that are read. */
function clientAt(lineItems: string, platformFamily = 'generic'): OAuthClient {
  return { endpoints: { lineItems }, registration: { platformFamily } } as OAuthClient;
}

it('gives each line item its scores URL, however often it is asked for', () => {
  const urls = new ScoresUrls();
  const client = clientAt('https://lms.example/2/lineitems');
  for (let nth = 0; nth < 2; nth += 1) {
    for (const id of ['1', '2']) {
      expect(urls.of(client, `https://lms.example/2/lineitems/${id}/lineitem?type_id=1`)).toBe(
        `https://lms.example/2/lineitems/${id}/lineitem/scores?type_id=1`,
      );
    }
  }
});

it('gives each client scores URLs of its own', () => {
  const urls = new ScoresUrls();
  const id = 'https://other.example/api/lti/courses/1/line_items/7';
  const canvas = clientAt('https://lms.example/api/lti/courses/1/line_items', 'canvas');
  expect(urls.of(clientAt('https://other.example/items'), id)).toBe(`${id}/scores`);
  expect(urls.of(canvas, id)).toBe('https://lms.example/api/lti/courses/1/line_items/7/scores');
  expect(() => urls.of(clientAt('https://lms.example/items'), id)).toThrow(foreign);
});

describe('the key of a line item', () => {
  const id = `${endpoint}/1?type_id=2`;

  it('has the form of a UUID, however long the URL is, and differs by the case of the URL and by the registration', () => {
    const urls = [id, id.replace('items', 'Items'), `${id}${'x'.repeat(4000)}`];
    const keys = [...urls.map((url) => lineItemKey('r1', url)), lineItemKey('r2', id)];
    expect(new Set(keys).size).toBe(4);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it('is the same for a URL that is written in another way', () => {
    expect(lineItemKey('r1', 'https://LMS.example:443/items/1')).toBe(lineItemKey('r1', `${endpoint}/1`));
  });
});

it('calls a line item of another platform by its id, where the id only identifies it', () => {
  const foreign = 'https://elsewhere.example/items/1';
  expect(calledUrl(endpoint, 'generic', foreign)).toBe(foreign);
  expect(calledUrl(null, 'generic', foreign)).toBe(foreign);
  expect(calledUrl(endpoint, 'canvas', foreign)).toBe(`${endpoint}/1`);
});
