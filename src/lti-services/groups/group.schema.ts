import { z } from 'zod';
import { isId } from '../memberships/membership.schema.js';

const id = z.custom<string | number>(isId, 'must be an id');
const tolerated = z.unknown().optional();

/** Course Groups 1.0. Only an unusable id makes a group unusable. */
export const wireGroupSchema = z.object({ id, name: tolerated, tag: tolerated, set_id: tolerated });
export const wireGroupSetSchema = z.object({ id, name: tolerated });

/** The media type `application/vnd.ims.lti-gs.v1.contextgroupcontainer+json`. */
export const groupContainerSchema = z.object({ groups: z.array(z.unknown()) });
/** The media type `application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json`. */
export const groupSetContainerSchema = z.object({ sets: z.array(z.unknown()) });
