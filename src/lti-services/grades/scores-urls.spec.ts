import { type OAuthClient } from '../../access-tokens/oauth-client.js';
import { ForeignLineItem } from './grades.errors.js';
import { ScoresUrls } from './scores-urls.js';

/** As far as it is looked at. */
function clientAt(lineItems: string, platformFamily = 'generic'): OAuthClient {
  return { endpoints: { lineItems }, registration: { platformFamily } } as OAuthClient;
}

it('are those of each line item, however often it is asked for', () => {
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

it("are each client's own", () => {
  const urls = new ScoresUrls();
  const id = 'https://other.example/api/lti/courses/1/line_items/7';
  const canvas = clientAt('https://lms.example/api/lti/courses/1/line_items', 'canvas');
  expect(urls.of(clientAt('https://other.example/items'), id)).toBe(`${id}/scores`);
  expect(urls.of(canvas, id)).toBe('https://lms.example/api/lti/courses/1/line_items/7/scores');
  expect(() => urls.of(clientAt('https://lms.example/items'), id)).toThrow(ForeignLineItem);
});
