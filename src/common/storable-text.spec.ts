import { isStorable, storable, withoutUnstorable } from './storable-text.js';

const CASES: [string, string, string][] = [
  ['removes NUL', 'A\0na', 'Ana'],
  ['replaces a high surrogate without a low one', 'Ana \ud83d', 'Ana \ufffd'],
  ['replaces a low surrogate without a high one', '\ude00 Ana', '\ufffd Ana'],
  ['leaves no unpaired surrogate when a NUL stood between two', '\ud83d\0\ude00', '😀'],
];

it.each(CASES)('%s', (_, text, stored) => {
  expect(isStorable(text)).toBe(false);
  expect(storable(text)).toBe(stored);
});

it('leaves characters outside the BMP as they are', () => {
  const text = '𠮷田 😀';
  expect(isStorable(text)).toBe(true);
  expect(storable(text)).toBe(text);
});

it('removes NUL and unpaired surrogates where no replacement is wanted', () => {
  expect(withoutUnstorable('A\0na \ud83d 😀')).toBe('Ana  😀');
});
