import { stripPrototypeKeys } from './strip-prototype-keys.js';

describe('keys that could reach a prototype', () => {
  it('deletes keys that could reach a prototype at every depth, and no other key', () => {
    const body: unknown = JSON.parse(
      '{"a":[{"__proto__":{"admin":true},"b":1}],"constructor":{"prototype":{"c":1}},"prototype":0,"d":{"constructor":null}}',
    );
    stripPrototypeKeys(body);
    expect(JSON.stringify(body)).toBe('{"a":[{"b":1}],"d":{}}');
  });

  it('finds such keys in a body that is nested deeper than the call stack', () => {
    const depth = 100_000;
    const body: unknown = JSON.parse(`${'['.repeat(depth)}{"__proto__":1}${']'.repeat(depth)}`);
    stripPrototypeKeys(body);
    let innermost = body;
    while (Array.isArray(innermost)) innermost = innermost[0];
    expect(Object.keys(innermost as object)).toEqual([]);
  });

  it('finds such keys behind more items than a function takes arguments', () => {
    const items = [...Array<number>(500_000).fill(1), JSON.parse('{"__proto__":1}') as object];
    stripPrototypeKeys(items);
    expect(Object.keys(items.at(-1) as object)).toEqual([]);
  });

  it('reads text, numbers and null without an error', () => {
    for (const value of ['text', 1, true, null, undefined]) stripPrototypeKeys(value);
  });
});
