import { z } from 'zod';

/** CORE gives an id 255 characters; some platforms take more, and a database index must still hold it. */
const MAX_ID = 512;
const MAX_TEXT = 1024;
const MAX_URL = 2048;
const MAX_ROLES = 100;
const MAX_SECTIONS = 500;
/** NUL, and halves of characters: PostgreSQL cannot store them as they are. */
const UNSTORABLE = /[\0\p{Cs}]/u;

const isStorableId = (value: string) => value !== '' && value.length <= MAX_ID && !UNSTORABLE.test(value);

/**
 * An id as text. Some platforms send a number, which is taken while it is exact: past 2^53 two people could become one.
 * One that cannot be stored is refused: an id is not to be changed.
 */
const id = z.union([z.string(), z.int().transform(String)]).refine(isStorableId, 'must be an id');

/** Empty is absent. So is what is no text, or too long for one: a bad name must not cost a course its roster. */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .nullish()
    .catch(undefined)
    .transform((value) => {
      const clean = value?.replace(/[\0\p{Cs}]/gu, '').trim();
      return clean === '' ? undefined : clean;
    });

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The entries of a list that can be read, up to `max`; none when it is no list. */
const readableEntries = <T extends z.ZodType>(entry: T, max: number) =>
  z
    .array(z.unknown())
    .nullish()
    .catch(undefined)
    .transform((entries) =>
      (entries ?? []).slice(0, max).flatMap((value) => {
        const result = entry.safeParse(value);
        return result.success ? [result.data] : [];
      }),
    );

/** LTI 1.1 separated several roles by commas, and some platforms still do. */
const roles = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'string' ? value.split(',') : value))
  .pipe(readableEntries(z.string().trim().refine(isStorableId), MAX_ROLES));

/** One section or group: an id alone, or an object that names it in one of the ways in use. */
const section = z.union([
  id.transform((value) => ({ id: value, name: undefined })),
  z
    .object({
      id: id.nullish(),
      section_id: id.nullish(),
      group_id: id.nullish(),
      name: text(MAX_TEXT),
      title: text(MAX_TEXT),
    })
    .transform(({ name, title, ...ids }, context) => {
      const found = ids.id ?? ids.section_id ?? ids.group_id;
      if (found !== undefined && found !== null) return { id: found, name: name ?? title };
      context.addIssue({ code: 'custom', message: 'has no id' });
      return z.NEVER;
    }),
]);
const sections = readableEntries(section, MAX_SECTIONS);

/** A member as NRPS 2.0 has it, and as platforms really send it. Only an unusable `user_id` is an error. */
const memberSchema = z.object({
  user_id: id,
  roles,
  status: z.unknown().optional(),
  name: text(MAX_TEXT),
  given_name: text(MAX_TEXT),
  middle_name: text(MAX_TEXT),
  family_name: text(MAX_TEXT),
  email: text(MAX_TEXT),
  picture: text(MAX_URL),
  lis_person_sourcedid: text(MAX_TEXT),
  lti11_legacy_user_id: text(MAX_TEXT),
  /** An extension without a standard. */
  sections,
  /** Course Groups Service 1.0: `[{ group_id }]`. */
  group_enrollments: sections,
  /** Sakai repeats the groups here, with their titles. */
  sakai_ext: z.object({ sakai_groups: sections }).nullish().catch(undefined),
  /** What a launch of the resource link would say of the member: only when `rlid` was asked. */
  message: z
    .unknown()
    .optional()
    .transform((value) =>
      value === undefined || value === null ? undefined : [value].flat().filter(isObject),
    ),
});
export type WireMember = z.output<typeof memberSchema>;

const contextSchema = z.object({ id, label: text(MAX_TEXT), title: text(MAX_TEXT) });

/** The media type `application/vnd.ims.lti-nrps.v2.membershipcontainer+json`. */
export const membershipContainerSchema = z.object({
  context: contextSchema.nullish().catch(undefined),
  members: z.array(memberSchema),
});
