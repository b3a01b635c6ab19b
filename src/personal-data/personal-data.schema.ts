import { z } from 'zod';
import { pageQuerySchema } from '../common/page.schema.js';
import { opaqueTextSchema } from '../common/text.schema.js';
import { personalDataKinds } from './personal-data.tables.js';

/** The user id of LTI (`sub`) in a path. */
export const userIdParamSchema = opaqueTextSchema(512);

/** Query of an export: `limit` rows after `cursor`. */
export const personalDataQuerySchema = pageQuerySchema.omit({ order: true });
/** A page of an export. The cursor is the `nextCursor` of the page before. */
export type PersonalDataQuery = Partial<z.output<typeof personalDataQuerySchema>>;

/** One stored row about a user. */
export const personalRecordSchema = z.object({
  /** What the row is. */
  kind: z.enum(personalDataKinds),
  /** The columns of the row as they are stored, without tokens and secrets. */
  data: z.record(z.string(), z.unknown()),
});
/** One stored row about a user: what it is, and its columns, without tokens and secrets. */
export type PersonalRecord = z.output<typeof personalRecordSchema>;

/** The result of an erasure. */
export const erasedUserSchema = z.object({
  registrationId: z.uuid(),
  userId: z.string(),
  /** How many rows were deleted, or no longer name the user. */
  erased: z.object({
    /** Memberships in courses, with the name, the e-mail address, the roles and the groups. */
    memberships: z.int(),
    /** Grades that syncs have read. */
    results: z.int(),
    /** Grades of others that named the user as the grader. The grades stay. */
    gradedByUser: z.int(),
    /** Scores of the outbox, also those that were not sent yet. */
    scores: z.int(),
    /** The times of the last scores that were sent. */
    lastScores: z.int(),
    /** Launches of the user, and launches that named the user. Their sessions have ended. */
    launchSessions: z.int(),
    /** The user's id of LTI 1.1. */
    lti11Ids: z.int(),
    /** What the user allowed the tool at the platform. */
    userGrants: z.int(),
    /** Notices of the platform that named the user. They are not handled any more. */
    notices: z.int(),
    /** Events that named the user. Those that name other users, too, stay without this one. */
    events: z.int(),
  }),
  /** The platform has not confirmed yet that it ended the grant. This is retried for a day; then the grant is deleted, too. */
  revocationPending: z.boolean(),
  /** The courses in which the platform listed the user at the last sync. */
  listedInCourses: z.int(),
  /** The platform still lists the user: the next sync of these courses, or a launch, stores the user again. */
  returnsWithNextSync: z.boolean(),
});
/** The result of an erasure. */
export type ErasedUser = z.output<typeof erasedUserSchema>;
