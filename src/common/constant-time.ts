import { timingSafeEqual } from 'node:crypto';

/**
 * Whether two secrets, digests or signatures are equal. The time that this takes says nothing about where they differ; it says
 * whether their lengths differ, which `timingSafeEqual` does not accept.
 */
export function isEqualInConstantTime(one: string | Buffer, other: string | Buffer): boolean {
  const [bytes, otherBytes] = [Buffer.from(one as string), Buffer.from(other as string)];
  return bytes.length === otherBytes.length && timingSafeEqual(bytes, otherBytes);
}
