import { z } from 'zod';
import { isStorable, withoutUnstorable } from '../../common/storable-text.js';

/** The longest id. CORE allows 255 characters; some platforms send more, and an index must still be able to store it. */
const MAX_ID = 512;

/**
 * Whether this can be an id. It is never changed to become one. Some platforms send a number, which is accepted if it is
 * exact: above 2^53 two users could get one id.
 */
export function isId(value: unknown): value is string | number {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID && isStorable(value);
}

/** Undefined for a value that is empty, not a text, or too long: a wrong name must not make the whole roster unreadable. */
export function textOf(value: unknown, maxLength: number): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > maxLength) return undefined;
  const clean = withoutUnstorable(value).trim();
  return clean === '' ? undefined : clean;
}

/** The entries of a list, up to `max`; none if it is not a list. */
export function listOf(value: unknown, max: number): unknown[] {
  return Array.isArray(value) ? value.slice(0, max) : [];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A member as NRPS 2.0 has it, and as platforms really send it. Each field is read separately (member.ts), so that one wrong
 * entry does not make the others unreadable.
 */
export interface WireMember {
  user_id: string | number;
  roles?: unknown;
  status?: unknown;
  name?: unknown;
  given_name?: unknown;
  middle_name?: unknown;
  family_name?: unknown;
  email?: unknown;
  picture?: unknown;
  lis_person_sourcedid?: unknown;
  lti11_legacy_user_id?: unknown;
  /** An extension without a standard. */
  sections?: unknown;
  /** Course Groups Service 1.0: `[{ group_id }]`. */
  group_enrollments?: unknown;
  /** Sakai repeats the groups here, with their titles, as `sakai_groups`. */
  sakai_ext?: unknown;
  /** The launch data of the member for the resource link, if the request had `rlid`. */
  message?: unknown;
}

/** Only an unusable `user_id` is an error. Not `z.object`, which copies each member: that takes twice as long (0.17 us instead of 0.08). */
const memberSchema = z
  .custom<WireMember>(isObject, { error: 'must be an object', abort: true })
  .refine(({ user_id }) => isId(user_id), { path: ['user_id'], error: 'must be an id' });

const tolerated = z.unknown().optional();
const contextSchema = z.object({
  id: z.custom<string | number>(isId, 'must be an id'),
  label: tolerated,
  title: tolerated,
});
export type WireContext = z.output<typeof contextSchema>;

/** The media type `application/vnd.ims.lti-nrps.v2.membershipcontainer+json`. */
export const membershipContainerSchema = z.object({
  context: contextSchema.nullish().catch(undefined),
  members: z.array(memberSchema),
});
