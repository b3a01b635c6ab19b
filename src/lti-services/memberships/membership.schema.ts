import { z } from 'zod';
import { isId } from './wire-values.js';

const id = z.custom<string | number>(isId, 'must be an id');
/** member.ts reads each member by itself, so that one bad entry does not cost the other members. */
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
