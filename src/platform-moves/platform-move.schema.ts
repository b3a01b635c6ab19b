import { z } from 'zod';
import { urlSchema } from '../common/text.schema.js';

const prefix = urlSchema
  .refine((text) => /^https?:/i.test(text), 'must be an http(s) URL')
  .refine((text) => !/[?#]/.test(text), 'must have no query and no fragment');

/** Body of POST /api/v1/registrations/:id/move. */
export const platformMoveSchema = z.strictObject({
  /** An origin, or a path below it: `https://old.example.edu/moodle`. */
  from: prefix,
  /** The replacement. */
  to: prefix,
  /** Whether the URLs are only counted. */
  dryRun: z.boolean().default(false),
});
/** The input of `PlatformMoveService.move`: the body of `POST /api/v1/registrations/:id/move`. */
export type PlatformMoveInput = z.input<typeof platformMoveSchema>;

const counts = z.object({
  courses: z.int(),
  resourceLinks: z.int(),
  lineItems: z.int(),
  results: z.int(),
  /** Scores of the outbox. */
  scores: z.int(),
});

/** The result of a move, or of a dry run. */
export const platformMoveViewSchema = z.object({
  from: z.string(),
  to: z.string(),
  dryRun: z.boolean(),
  /** Rows whose URLs were moved; with `dryRun` those that would be. */
  moved: counts,
  /** Line items that were there on the new side too, so that two rows became one. */
  mergedLineItems: z.int(),
  /** Courses that still have a URL on the old side: if there are any, repeat the request. */
  remainingCourses: z.int(),
});
/** The counts of a move, or of a dry run. */
export type PlatformMoveView = z.output<typeof platformMoveViewSchema>;
export type MoveCounts = z.output<typeof counts>;
