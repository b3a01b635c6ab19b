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

const id = z.custom<string | number>(isId, 'must be an id');
/** Each member is read separately (member.ts), so that one wrong entry does not make the others unreadable. */
const tolerated = z.unknown().optional();

/** A member as NRPS 2.0 has it, and as platforms really send it. Only an unusable `user_id` is an error. */
const memberSchema = z.object({
  user_id: id,
  roles: tolerated,
  status: tolerated,
  name: tolerated,
  given_name: tolerated,
  middle_name: tolerated,
  family_name: tolerated,
  email: tolerated,
  picture: tolerated,
  lis_person_sourcedid: tolerated,
  lti11_legacy_user_id: tolerated,
  /** An extension without a standard. */
  sections: tolerated,
  /** Course Groups Service 1.0: `[{ group_id }]`. */
  group_enrollments: tolerated,
  /** Sakai repeats the groups here, with their titles, as `sakai_groups`. */
  sakai_ext: tolerated,
  /** The launch data of the member for the resource link, if the request had `rlid`. */
  message: tolerated,
});
export type WireMember = z.output<typeof memberSchema>;

const contextSchema = z.object({ id, label: tolerated, title: tolerated });
export type WireContext = z.output<typeof contextSchema>;

/** The media type `application/vnd.ims.lti-nrps.v2.membershipcontainer+json`. */
export const membershipContainerSchema = z.object({
  context: contextSchema.nullish().catch(undefined),
  members: z.array(memberSchema),
});
