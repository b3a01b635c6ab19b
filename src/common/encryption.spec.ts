import { randomBytes } from 'node:crypto';
import { CannotDecrypt } from './encryption.errors.js';
import { KeyRing, type EncryptionKey } from './encryption.js';

const key = (id: string): EncryptionKey => ({ id, key: randomBytes(32) });

describe('KeyRing', () => {
  const first = key('2026');
  const second = key('2025');

  it('decrypts what it encrypted, and never encrypts the same text twice alike', () => {
    const ring = new KeyRing([first]);
    const encrypted = ring.encrypt('söme secret', 'tool_key:1');

    expect(ring.decrypt(encrypted, 'tool_key:1')).toBe('söme secret');
    expect(encrypted).not.toContain('secret');
    expect(ring.encrypt('söme secret', 'tool_key:1')).not.toBe(encrypted);
  });

  it('encrypts with its first key and decrypts with all of them', () => {
    const old = new KeyRing([second]).encrypt('x', 'row');
    const ring = new KeyRing([first, second]);

    expect(ring.decrypt(old, 'row')).toBe('x');
    expect(ring.encrypt('x', 'row')).toContain('.2026.');
  });

  it.each([
    ['an unknown key id', (ring: KeyRing) => ring.decrypt(new KeyRing([second]).encrypt('x', 'row'), 'row')],
    ['another row', (ring: KeyRing) => ring.decrypt(ring.encrypt('x', 'row'), 'another row')],
    ['a changed value', (ring: KeyRing) => ring.decrypt(`${ring.encrypt('x', 'row').slice(0, -2)}AA`, 'row')],
    ['a shortened value', (ring: KeyRing) => ring.decrypt('v1.2026.AAAA', 'row')],
    ['something else', (ring: KeyRing) => ring.decrypt('plain', 'row')],
  ])('refuses %s', (_, act) => {
    expect(() => act(new KeyRing([first]))).toThrow(CannotDecrypt);
  });

  it('refuses a second key with the same id and other bytes', () => {
    const encrypted = new KeyRing([first]).encrypt('x', 'row');

    expect(() => new KeyRing([key('2026')]).decrypt(encrypted, 'row')).toThrow(CannotDecrypt);
  });
});
