import { z } from 'zod';
import { instantSchema } from '../lti-services/grades/instant.schema.js';
import { idPageQuerySchema, pageQuerySchema } from '../common/page.schema.js';
import { syncRunViewSchema } from './sync-run.schema.js';
import { nextSyncReasons } from './sync-schedule.js';
import { opaqueTextSchema, textSchema as text, urlSchema as url } from '../common/text.schema.js';

/** Body of POST /api/v1/courses. */
export const createCourseSchema = z.strictObject({
  registrationId: z.uuid('must be the id of a registration'),
  deploymentId: text(255),
  contextId: text(255),
  title: text(1024).nullable().default(null),
  membershipsUrl: url,
  lineItemsUrl: url.nullable().default(null),
  groupsUrl: url.nullable().default(null),
  groupSetsUrl: url.nullable().default(null),
});
/** The input of `CourseService.create`: the body of `POST /api/v1/courses`. */
export type CreateCourse = z.input<typeof createCourseSchema>;

/** Body of PATCH /api/v1/courses/:id: fields that are left out keep their values. */
export const updateCourseSchema = z
  .strictObject({
    title: text(1024).nullable(),
    membershipsUrl: url.nullable(),
    lineItemsUrl: url.nullable(),
    groupsUrl: url.nullable(),
    groupSetsUrl: url.nullable(),
    /** When the course ends or ended: from then on it is archived, unless it is used later. Null: not known. */
    concludedAt: instantSchema.nullable(),
  })
  .partial()
  .refine((body) => Object.keys(body).length > 0, 'must name at least one field');
/** The input of `CourseService.update`. A missing field keeps its value; null removes a URL or the title. */
export type UpdateCourse = z.output<typeof updateCourseSchema>;

export const courseQuerySchema = idPageQuerySchema.extend({
  registrationId: z.uuid().optional(),
  /** The beginning of the title, in upper or lower case, or the whole id at the platform. */
  search: opaqueTextSchema(255).optional(),
  /** Only these: up to 100 ids with commas between them. */
  ids: z
    .string()
    .transform((text) => text.split(','))
    .pipe(
      z.array(z.uuid('must be ids of courses, with commas between them')).max(100, 'must be at most 100 ids'),
    )
    .optional(),
});
/** A page of `CourseService.list`, of all registrations or of one. */
export type CourseQuery = Partial<z.output<typeof courseQuerySchema>>;

/** A course in API responses. */
export const courseViewSchema = createCourseSchema.extend({
  id: z.uuid(),
  title: z.string().nullable(),
  membershipsUrl: z.string().nullable(),
  lineItemsUrl: z.string().nullable(),
  /** Course Groups 1.0. Null where the platform does not offer the service. */
  groupsUrl: z.string().nullable(),
  groupSetsUrl: z.string().nullable(),
  /** Time of the last launch from it, exact to ten minutes. */
  launchedAt: z.iso.datetime().nullable(),
  /** The newest run, finished or not; null before the first. */
  lastSync: syncRunViewSchema.nullable(),
  /** Time of its last launch, manual sync or posted score, exact to ten minutes; at first, of its creation. */
  usedAt: z.iso.datetime(),
  concludedAt: z.iso.datetime().nullable(),
  /** When the schedule syncs it next. Null: it is archived, until a launch, manual sync or posted score. */
  nextSyncAt: z.iso.datetime().nullable(),
  /** Why it is synced then, or why it is archived. */
  nextSyncReason: z.enum(nextSyncReasons),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type CourseView = z.output<typeof courseViewSchema>;

export const resourceLinkQuerySchema = pageQuerySchema;
/** A page of `CourseService.resourceLinks`, by their ids. */
export type ResourceLinkQuery = Partial<z.output<typeof resourceLinkQuerySchema>>;

/** A resource link in API responses. */
export const resourceLinkViewSchema = z.object({
  resourceLinkId: z.string(),
  title: z.string().nullable(),
  /** The line item that belongs to it alone. */
  lineItemId: z.string().nullable(),
  /** The resource links that it was copied from, as the platform states them: the nearest first. */
  origins: z.array(
    z.object({
      resourceLinkId: z.string(),
      /** The course that has this link; null if the tool does not know the link, or knows it in several courses. */
      courseId: z.uuid().nullable(),
    }),
  ),
  updatedAt: z.iso.datetime(),
});
export type ResourceLinkView = z.output<typeof resourceLinkViewSchema>;

/** A course that another one was copied from, in API responses. */
export const courseOriginViewSchema = z.object({
  contextId: z.string(),
  /** Null if the tool does not know the context, or knows it in several other deployments. */
  courseId: z.uuid().nullable(),
});
export type CourseOriginView = z.output<typeof courseOriginViewSchema>;

export const memberQuerySchema = pageQuerySchema.extend({
  /** A full role URI, or the short name of a context role such as `Learner`. */
  role: opaqueTextSchema(512).optional(),
  status: z.enum(['Active', 'Inactive']).optional(),
  /** Only the members of this group. */
  groupId: opaqueTextSchema(512).optional(),
});
/** A page of `CourseRosterService.list`. `role` is a full URI, or the short name of a role in the course. */
export type MemberQuery = Partial<z.output<typeof memberQuerySchema>>;

/** A member in API responses. */
export const memberViewSchema = z.object({
  userId: z.string(),
  roles: z.array(z.string()),
  status: z.enum(['Active', 'Inactive']),
  name: z.string().nullable(),
  givenName: z.string().nullable(),
  middleName: z.string().nullable(),
  familyName: z.string().nullable(),
  email: z.string().nullable(),
  picture: z.string().nullable(),
  sourcedId: z.string().nullable(),
  lti11UserId: z.string().nullable(),
  sections: z.array(z.object({ id: z.string(), name: z.string().optional() })),
  /** The ids of the member's groups. Null where the platform does not give them. */
  groupIds: z.array(z.string()).nullable(),
  updatedAt: z.iso.datetime(),
});
export type MemberView = z.output<typeof memberViewSchema>;

export const courseGroupQuerySchema = pageQuerySchema;
/** A page of the groups of a course. The cursor is a group id. */
export type CourseGroupQuery = Partial<z.output<typeof courseGroupQuerySchema>>;

/** A group of a course in API responses. */
export const courseGroupViewSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  tag: z.string().nullable(),
  /** The set that it is in. A member is in at most one group of a set. */
  set: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
  updatedAt: z.iso.datetime(),
});
export type CourseGroupView = z.output<typeof courseGroupViewSchema>;
