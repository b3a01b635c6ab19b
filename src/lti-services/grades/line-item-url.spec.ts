import { type OAuthClient } from '../../access-tokens/oauth-client.js';
import { ForeignLineItem } from './grades.errors.js';
import { lineItemUrlAt, withCallableId } from './line-item-url.js';

const endpoint = 'https://lms.example/items';

it('calls a line item by https that is named by http, on the same host', () => {
  expect(lineItemUrlAt(endpoint, 'generic', 'http://lms.example/items/1?Type=2')).toBe(
    'https://lms.example/items/1?Type=2',
  );
  expect(() => lineItemUrlAt(endpoint, 'generic', 'http://elsewhere.example/items/1')).toThrow(
    ForeignLineItem,
  );
  expect(() => lineItemUrlAt(endpoint, 'generic', 'http://lms.example:8080/items/1')).toThrow(
    ForeignLineItem,
  );
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
