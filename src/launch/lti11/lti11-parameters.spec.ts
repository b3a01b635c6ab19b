import { problemOf } from '../../../test/support/problem-of.js';
import { Lti11Parameters } from './lti11-parameters.js';
import { type Pair } from './oauth1-signature.js';

const of = (form: string, query = ''): Lti11Parameters =>
  new Lti11Parameters([...new URLSearchParams(form)], [...new URLSearchParams(query)]);
const written = (pairs: readonly Pair[]): string =>
  new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString();

describe('the parameters of a launch by LTI 1.1', () => {
  it('may have been signed with query and form, as the RFC says', () => {
    expect(of('a=1&b=2', 'c=3').signedPairs().map(written)).toEqual(['c=3&a=1&b=2']);
  });

  it('may have been signed with each pair once that is in both, as Moodle does it', () => {
    const parameters = of('c=3&a=1&c=3&a=1&c=4', 'c=3&d=5');
    expect(parameters.signedPairs().map(written)).toEqual([
      'c=3&d=5&c=3&a=1&c=3&a=1&c=4',
      'c=3&d=5&a=1&c=3&a=1&c=4',
    ]);
  });

  it('must be there, if needed, in the form', () => {
    expect(of('a=1').required('a')).toBe('1');
    for (const parameters of [of(''), of('a='), of('', 'a=1')]) {
      const problem = problemOf(() => parameters.required('a'));
      expect(problem).toMatchObject({ code: 'lti11_parameter_missing', parameter: 'a' });
    }
  });

  it('must be there once, but for a copy of the query', () => {
    expect(of('a=1', 'a=1').required('a')).toBe('1');
    for (const parameters of [of('a=1&a=1'), of('a=1&a=2'), of('a=1', 'a=2'), of('a=1&a=1', 'a=1')]) {
      const problem = problemOf(() => parameters.required('a'));
      expect(problem).toMatchObject({ code: 'lti11_parameter_duplicated', parameter: 'a' });
    }
    expect(() => of('a=1&a=1').optional('a')).toThrow(
      expect.objectContaining({ code: 'lti11_parameter_duplicated' }),
    );
  });

  it('are bounded: ids to 255 characters, texts to 4096', () => {
    expect(of(`a=${'x'.repeat(255)}`).id('a')).toHaveLength(255);
    expect(of(`a=${'x'.repeat(4096)}`).optional('a')).toHaveLength(4096);
    const long = expect.objectContaining({ code: 'lti11_parameter_invalid' });
    expect(() => of(`a=${'x'.repeat(256)}`).id('a')).toThrow(long);
    expect(() => of(`a=${'x'.repeat(256)}`).required('a')).toThrow(long);
    expect(() => of(`a=${'x'.repeat(4097)}`).optional('a')).toThrow(long);
  });

  it("count as the platform's only in the form: the author of a link can write anything into the query", () => {
    expect(of('', 'user_id=1').optional('user_id')).toBeUndefined();
    // Moodle repeats the query in the form where it has no word of its own.
    expect(of('user_id=1', 'user_id=1').optional('user_id')).toBeUndefined();
    expect(of('user_id=2', 'user_id=1').optional('user_id')).toBe('2');
    expect(of('a=1&user_id=1', 'user_id=1').payload()).toEqual({ a: '1' });
  });

  it('leave out what is empty', () => {
    expect(of('a=').optional('a')).toBeUndefined();
  });

  it('have the custom ones of the query too, where the form has no other', () => {
    const parameters = of('custom_a=1&custom_b=2&c=3', 'custom_a=9&custom_d=4&custom_b=2&e=5');
    expect(parameters.custom()).toEqual({ a: '1', b: '2', d: '4' });
  });

  it('are kept as they came, in lists where a name came twice, without the signature', () => {
    const payload = of('ext_x=1&ext_x=&oauth_signature=s&__proto__=p&custom___proto__=q');
    expect(payload.payload()).toEqual(
      Object.fromEntries([
        ['ext_x', ['1', '']],
        ['__proto__', 'p'],
        ['custom___proto__', 'q'],
      ]),
    );
    expect(Object.keys(payload.custom())).toEqual(['__proto__']);
  });

  it('know the query of the launch URL', () => {
    expect(of('a=1', 'b=<&c=%26+').search()).toBe('?b=%3C&c=%26+');
    expect(of('a=1').search()).toBe('');
  });
});
