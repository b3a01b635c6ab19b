import { storableJson } from './storable-json.js';

describe('JSON for PostgreSQL', () => {
  it.each([
    ['has storable texts', ['a\0', { b: 'half \ud83d' }], ['a', { b: 'half \ufffd' }]],
    ['has storable names', { 'a\0': 1 }, { a: 1 }],
    ['keeps everything else', [1, true, null, {}, []], [1, true, null, {}, []]],
  ])('%s', (_, value, stored) => {
    expect(storableJson(value)).toEqual(stored);
  });

  it('keeps member names that have a meaning in JavaScript', () => {
    const stored = storableJson(JSON.parse('{"__proto__":{"a":1}}'));
    expect(JSON.stringify(stored)).toBe('{"__proto__":{"a":1}}');
  });

  it('leaves out what is nested too deep', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 'deep' : [nested(levels - 1)]);
    expect(JSON.stringify(storableJson(nested(32)))).toContain('deep');
    expect(JSON.stringify(storableJson(nested(33)))).not.toContain('deep');
  });
});
