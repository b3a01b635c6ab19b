import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { type RequestFault } from '../common/request.errors.js';
import { UnsafeUrl } from '../common/url-policy.errors.js';
import { UrlPolicy } from '../common/url-policy.js';
import { type Course } from '../courses/course.entity.js';
import { scoreFaults } from '../lti-services/grades/family-limits.js';
import { ForeignLineItem } from '../lti-services/grades/grades.errors.js';
import { lineItemUrlAt } from '../lti-services/grades/line-item-url.js';
import { CourseWithoutLineItems } from './grade-passback.errors.js';
import { outboxScoreSchema } from './outbox.schema.js';
import { type IncomingScore } from './outbox-intake.service.js';

/** As far as clocks may differ. Moodle takes no score before the time of one that was sent from the future. */
const MAX_AHEAD_MS = 120_000;

/** Of one score, in its verdict. */
const MAX_FAULTS = 20;
/** Who reads it goes down as deep, PostgreSQL and the platform, too. */
const MAX_DEPTH = 100;

export type ScoreCheck = { score: IncomingScore } | { errors: RequestFault[] };

/** Whether a score can go to a course. */
@Injectable()
export class ScoreChecks {
  constructor(
    private readonly urlPolicy: UrlPolicy,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** @throws CourseWithoutLineItems */
  check({ id: courseId, registrationId, lineItemsUrl, registration }: Course, input: unknown): ScoreCheck {
    if (lineItemsUrl === null) throw new CourseWithoutLineItems(courseId);
    if (typeof input !== 'object' || input === null) {
      return { errors: [{ field: '', message: 'is no JSON object' }] };
    }
    if (isTooDeep(input)) return { errors: [{ field: '', message: 'is nested too deeply' }] };
    const parsed = outboxScoreSchema.safeParse(input);
    if (!parsed.success) return { errors: parsed.error.issues.slice(0, MAX_FAULTS).map(faultOf) };
    const { timestamp, lineItemId } = parsed.data;
    const faults = scoreFaults(parsed.data, registration.platformFamily);
    if (faults.length > 0) return { errors: faults };
    if (timestamp !== undefined && timestamp.getTime() > this.clock.nowMs() + MAX_AHEAD_MS) {
      return { errors: [{ field: 'timestamp', message: 'is in the future' }] };
    }
    try {
      const lineItemUrl = lineItemUrlAt(lineItemsUrl, registration.platformFamily, lineItemId);
      this.urlPolicy.check(lineItemUrl);
      return { score: { registrationId, courseId, lineItemUrl, score: parsed.data } };
    } catch (error) {
      if (!(error instanceof ForeignLineItem || error instanceof UnsafeUrl)) throw error;
      return { errors: [{ field: 'lineItemId', message: error.message }] };
    }
  }
}

function isTooDeep(value: unknown, left = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return left === 0 || Object.values(value).some((inner) => isTooDeep(inner, left - 1));
}

function faultOf({
  path,
  message,
  ...issue
}: {
  path: PropertyKey[];
  message: string;
  keys?: string[];
}): RequestFault {
  const field = [...path, ...(issue.keys?.slice(0, 1) ?? [])].map(String).join('.');
  return { field: field.slice(0, 100), message: issue.keys === undefined ? message : 'is not known here' };
}
