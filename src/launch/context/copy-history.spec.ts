import { originContextIdsIn, originLinkIdsIn } from './copy-history.js';

const contexts = (history: unknown) => originContextIdsIn({ context_id_history: history }, 'own');

describe('the history of a copied course', () => {
  it.each<[string, unknown, string[]]>([
    ['is a list with the nearest origin first', 'parent,grandparent', ['parent', 'grandparent']],
    ['is decoded, as an id may hold a comma', 'a%2Cb,c%20d', ['a,b', 'c d']],
    [
      'keeps an entry that is not URL-encoded',
      'course-v1:edX+DemoX+2024,100%',
      ['course-v1:edX+DemoX+2024', '100%'],
    ],
    ['ignores spaces and empty entries', ' a , ,b,', ['a', 'b']],
    ['names each origin once, at its nearest place', 'a,b,a', ['a', 'b']],
    ['does not name the course itself', 'own,a,own', ['a']],
    ['is empty if the platform did not expand the variable', '$Context.id.history', []],
    ['is empty without a value', '', []],
    ['is empty if the value is null', null, []],
    ['is empty if the value is a number', 7, []],
    ['leaves out an id that cannot be stored', 'a%00b,c', ['c']],
    ['leaves out an id that is longer than an id of LTI may be', `${'x'.repeat(256)},c`, ['c']],
  ])('%s', (_, history, ids) => {
    expect(contexts(history)).toEqual(ids);
  });

  it('has at most the 100 nearest origins', () => {
    const ids = Array.from({ length: 5000 }, (_, index) => `c${index}`);
    expect(contexts(ids.join(','))).toEqual(ids.slice(0, 100));
  });

  it('is read from a parameter with the name of the variable, in any case of its letters', () => {
    expect(originContextIdsIn({ 'Context.id.history': 'a' }, 'own')).toEqual(['a']);
    expect(originLinkIdsIn({ 'resourcelink.id.history': 'l' }, 'own')).toEqual(['l']);
    expect(originLinkIdsIn({ resource_link_id_history: 'l' }, 'own')).toEqual(['l']);
  });

  it('is not read from other parameters', () => {
    expect(originContextIdsIn({ course: 'a', resource_link_id_history: 'b' }, 'own')).toEqual([]);
  });
});
