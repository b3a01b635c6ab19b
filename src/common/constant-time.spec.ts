import { isEqualInConstantTime } from './constant-time.js';

describe('a comparison in constant time', () => {
  it('compares texts and bytes of any length', () => {
    expect(isEqualInConstantTime('abc', 'abc')).toBe(true);
    expect(isEqualInConstantTime('abc', 'abd')).toBe(false);
    expect(isEqualInConstantTime('abc', 'abcd')).toBe(false);
    expect(isEqualInConstantTime('é', 'e')).toBe(false);
    expect(isEqualInConstantTime(Buffer.from('abc'), Buffer.from('abc'))).toBe(true);
    expect(isEqualInConstantTime(Buffer.from('abc'), Buffer.from('abd'))).toBe(false);
  });
});
