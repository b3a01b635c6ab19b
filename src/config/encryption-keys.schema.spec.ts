import { encryptionKeysSchema } from './encryption-keys.schema.js';

const key = (byte: number, length = 32): string => Buffer.alloc(length, byte).toString('base64');

const REMEDY = '; make a key with: echo "main:$(openssl rand -base64 32)"';

function faultOf(text: unknown): string | undefined {
  return encryptionKeysSchema
    .safeParse(text)
    .error?.issues.map(({ message }) => message)
    .join('; ');
}

describe('a key ring', () => {
  it('keeps the order of the keys: the first one encrypts', () => {
    expect(encryptionKeysSchema.parse(`new:${key(2)}, old:${key(1)}`)).toEqual([
      { id: 'new', key: Buffer.alloc(32, 2) },
      { id: 'old', key: Buffer.alloc(32, 1) },
    ]);
  });

  it('accepts base64url too', () => {
    const bytes = Buffer.alloc(32, 0xfb);
    expect(encryptionKeysSchema.parse(`a:${bytes.toString('base64url')}`)).toEqual([{ id: 'a', key: bytes }]);
  });

  it.each([
    ['a short key', `a:${key(1, 31)}`, `key "a" has 31 bytes, not 32${REMEDY}`],
    ['a long key', `a:${key(1, 33)}`, `key "a" has 33 bytes, not 32${REMEDY}`],
    ['an id that stands twice', `a:${key(1)},a:${key(2)}`, 'key id "a" stands twice'],
    ['a key without an id', key(1), `entry 1 is not of the form "id:base64"${REMEDY}`],
    ['an id with a separator', `a.b:${key(1)}`, `entry 1 is not of the form "id:base64"${REMEDY}`],
    ['what is not base64', `a:${key(1)},b:!!!`, `entry 2 is not of the form "id:base64"${REMEDY}`],
    ['a trailing comma', `a:${key(1)},`, `entry 2 is not of the form "id:base64"${REMEDY}`],
    ['nothing', ' ', `is empty${REMEDY}`],
    ['a variable that is not set', undefined, `is missing${REMEDY}`],
    ['what is no text', 7, 'must be one or more keys of the form "id:base64", separated by commas'],
  ])('refuses a key ring for %s', (_, text, fault) => expect(faultOf(text)).toBe(fault));

  it('shows no key in any message', () => {
    const secret = Buffer.alloc(31, 7).toString('base64');
    for (const text of [`a:${secret}`, `a=${secret}`, `a:${secret}:b`, secret]) {
      expect(faultOf(text)).not.toContain(secret);
    }
  });
});
