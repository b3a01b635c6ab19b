import { z } from 'zod';
import { type Extensions, extensionsOf } from './extensions.schema.js';
import { instantSchema } from './instant.schema.js';
import { wireNumber } from './wire-number.schema.js';

const id = z.union([z.string().min(1).max(512), z.int().transform(String)]);

/** A result as platforms send it (AGS 2.0 3.3). */
const wireResultSchema = z.looseObject({
  id: z.string().nullish().catch(undefined),
  userId: id,
  resultScore: wireNumber.nullish(),
  resultMaximum: wireNumber.nullish(),
  comment: z.string().nullish().catch(undefined),
  scoringUserId: id.nullish().catch(undefined),
  scoreOf: z.string().nullish().catch(undefined),
  timestamp: instantSchema.nullish().catch(undefined),
});

/** The current grade of a student at the platform. */
export interface Result {
  /** The `sub` of this user's launches. */
  userId: string;
  /** Absent: there is no grade. */
  resultScore?: number;
  /** Default of the specification: 1. */
  resultMaximum: number;
  /** For the student. */
  comment?: string;
  /** The `sub` of the grading user. Few platforms send it. */
  scoringUserId?: string;
  /** The time of grading. Moodle sends it. */
  timestamp?: Date;
  /** The platform's fields that are named by full URLs. */
  extensions: Extensions;
}

/** The user of a result that cannot be read. */
export function resultUserIdOf(json: unknown): string | undefined {
  return id.safeParse((json as { userId?: unknown } | null)?.userId).data;
}

/** @throws ZodError when it has no usable userId, or a score that cannot be read */
export function readResult(json: unknown): Result {
  const { userId, resultScore, resultMaximum, comment, scoringUserId, timestamp } =
    wireResultSchema.parse(json);
  return {
    userId,
    ...(typeof resultScore === 'number' && { resultScore }),
    resultMaximum: typeof resultMaximum === 'number' && resultMaximum > 0 ? resultMaximum : 1,
    ...(typeof comment === 'string' && comment !== '' && { comment }),
    ...(typeof scoringUserId === 'string' && { scoringUserId }),
    ...(timestamp instanceof Date && { timestamp }),
    extensions: extensionsOf(json as Record<string, unknown>),
  };
}
