import { pageStartOf } from './page.schema.js';

describe('a page that code asks for', () => {
  it('has at most 50 items, unless the query has another limit', () => {
    expect(pageStartOf({}, 'asc')).toEqual({ limit: 50, order: 'asc', after: undefined });
    expect(pageStartOf({ limit: 500, cursor: 'desc.key' }, 'asc')).toEqual({
      limit: 500,
      order: 'desc',
      after: 'key',
    });
  });

  it.each([0, 501, 1.5, NaN, Infinity])('is refused with the limit %p, which REST refuses, too', (limit) => {
    expect(() => pageStartOf({ limit }, 'asc')).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        faults: [expect.objectContaining({ field: 'limit' })],
      }),
    );
  });
});
