import { bestMatch, isOfLink, isOfResource, type LineItemNames } from './line-item-match.js';

const quiz = { resourceId: 'quiz' };
const quizGrade = { resourceId: 'quiz', tag: 'grade' };
const quizTime = { resourceId: 'quiz', tag: 'time' };
const link = { resourceLinkId: '7' };
const grade = { tag: 'grade' };

describe('a line item is of a resource', () => {
  it.each<[LineItemNames, LineItemNames, boolean]>([
    [quiz, quiz, true],
    [quizGrade, quizGrade, true],
    [quizGrade, quiz, true],
    [quizTime, quizGrade, false],
    [quiz, quizGrade, false],
    [grade, quizGrade, false],
    [{ ...quiz, resourceLinkId: '8' }, { ...quiz, ...link }, true],
    [link, link, false],
    [grade, grade, false],
  ])('%j, when %j is wanted: %s', (item, wanted, expected) => {
    expect(isOfResource(item, wanted)).toBe(expected);
  });
});

describe('a line item is of a link', () => {
  it.each<[LineItemNames, LineItemNames, boolean]>([
    [link, link, true],
    [link, { ...quizGrade, ...link }, true],
    [{ ...quizGrade, ...link }, link, true],
    [{ resourceLinkId: '8' }, link, false],
    [{ ...quizGrade, ...link }, { resourceId: 'essay', ...link }, false],
    [{ ...quiz, ...link }, { ...quizGrade, ...link }, false],
    [{ ...grade, ...link }, { tag: 'time', ...link }, false],
    [{ ...grade, ...link }, { ...quizGrade, ...link }, true],
    [link, { ...grade, ...link }, true],
    [quiz, quiz, false],
  ])('%j, when %j is wanted: %s', (item, wanted, expected) => {
    expect(isOfLink(item, wanted)).toBe(expected);
  });
});

describe('of several that match', () => {
  it('the one with most of the names is best', () => {
    const here = { ...quizGrade, ...link };
    expect(bestMatch([quizGrade, { ...quizGrade, resourceLinkId: '8' }, here], here, isOfResource)).toBe(
      here,
    );
    expect(bestMatch([quizGrade, quiz], quiz, isOfResource)).toBe(quiz);
    expect(bestMatch([link, { ...grade, ...link }], { ...grade, ...link }, isOfLink)).toEqual({
      ...grade,
      ...link,
    });
  });

  it('the first is best among equals', () => {
    const [first, second] = [{ ...quiz }, { ...quiz }];
    expect(bestMatch([essay(), first, second], quiz, isOfResource)).toBe(first);
  });

  it('none is best when there is none', () => {
    expect(bestMatch([essay()], quiz, isOfResource)).toBeUndefined();
  });
});

function essay(): LineItemNames {
  return { resourceId: 'essay' };
}
