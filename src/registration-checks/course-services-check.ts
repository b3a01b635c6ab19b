import { Injectable } from '@nestjs/common';
import { type AccessToken } from '../access-tokens/access-token.js';
import { TokenCheckService } from '../access-tokens/token-check.service.js';
import { LtiError } from '../common/lti-error.js';
import { Scope } from '../common/scopes.js';
import { type Course } from '../courses/course.entity.js';
import { GradeService } from '../lti-services/grades/grade.service.js';
import { MembershipsService } from '../lti-services/memberships/memberships.service.js';
import { type Registration } from '../registrations/registration.entity.js';
import { failed, type Finding, passed, skipped, tokenWith } from './check-step.js';

/** A hint to the platform: one entry shows as much as all. */
const PAGE = 10;
const MAX_LINE_ITEMS = 200;
const LINE_ITEM_SCOPES = [Scope.lineItem, Scope.lineItemReadonly];

/** The tokens and the course of a check. */
export interface CourseServicesInput {
  registration: Registration;
  course: Course | undefined;
  tokens: readonly AccessToken[];
  signal: AbortSignal;
}

interface Service {
  /** In a sentence. */
  name: string;
  scopes: readonly string[];
  url: string | null;
}

/** Reads the roster and the line items of one course. Nothing is stored, and nothing is written at the platform. */
@Injectable()
export class CourseServicesCheck {
  constructor(
    private readonly tokens: TokenCheckService,
    private readonly memberships: MembershipsService,
    private readonly grades: GradeService,
  ) {}

  /** @throws LtiError of the platform or the roster */
  async roster(input: CourseServicesInput): Promise<Finding> {
    const url = input.course?.membershipsUrl ?? null;
    const service = { name: 'the roster', scopes: [Scope.membershipReadonly], url };
    const ready = readyToRead(input, service);
    if ('finding' in ready) return ready.finding;
    const { token, details } = ready;
    const client = this.tokens.client(token, input.registration, { memberships: ready.url });
    const [page] = await firstOf(this.memberships.stream(client, { limit: PAGE, signal: input.signal }));
    const count = page?.members.length ?? 0;
    if (count > 0) return passed('roster_read', 'The first page of the roster was read.', details);
    const message =
      'The roster was read, and has no members. The administrator looks whether anybody is enrolled in the course.';
    return passed('roster_empty', message, details);
  }

  /** @throws LtiError of the platform or the line items */
  async lineItems(input: CourseServicesInput): Promise<Finding> {
    const service = {
      name: 'the line items',
      scopes: LINE_ITEM_SCOPES,
      url: input.course?.lineItemsUrl ?? null,
    };
    const ready = readyToRead(input, service);
    if ('finding' in ready) return ready.finding;
    const { token, details } = ready;
    const client = this.tokens.client(token, input.registration, { lineItems: ready.url, gradeScopes: [] });
    let unreadable = 0;
    const query = { max: MAX_LINE_ITEMS, signal: input.signal, onUnreadable: () => void (unreadable += 1) };
    try {
      const found = await this.grades.lineItems(client, query);
      if (unreadable > 0) {
        const message = `${unreadable} of the line items cannot be used: their id or maximum cannot be read. The administrator of the platform has to look at them.`;
        return failed('line_items_unreadable', 'platform_administrator', message, { ...details, unreadable });
      }
      return passed('line_items_read', `The line items were read: ${found.length}.`, details);
    } catch (error) {
      if (!(error instanceof LtiError) || error.code !== 'too_many_grades') throw error;
      return passed('line_items_read', `More than ${MAX_LINE_ITEMS} line items were read.`, details);
    }
  }
}

type Ready = { finding: Finding } | { token: AccessToken; url: string; details: Record<string, unknown> };

function readyToRead(
  { registration, course, tokens }: CourseServicesInput,
  { name, scopes, url }: Service,
): Ready {
  if (!scopes.some((scope) => registration.scopes.includes(scope))) {
    const message = `The registration does not ask for a scope to read ${name}. Add one to its scopes if the tool needs it.`;
    return { finding: skipped('scope_not_requested', message) };
  }
  if (course === undefined) {
    const message = `There is no course to read ${name} of. Launch the tool from a course, or give a courseId, and check again.`;
    return { finding: skipped('no_course', message, 'tool_operator') };
  }
  const details = { courseId: course.id };
  if (url === null) {
    const message =
      `The platform has not offered ${name} of this course to the tool. If the tool needs it, the administrator enables that service for the ` +
      'tool, and the tool is launched from the course again.';
    return { finding: skipped('service_not_offered', message, 'platform_administrator', details) };
  }
  if (tokens.length === 0) {
    return {
      finding: skipped(
        'no_token',
        `There is no token to read ${name} with: see the step token.`,
        'nobody',
        details,
      ),
    };
  }
  const token = tokenWith(tokens, scopes);
  if (token === undefined) {
    const message = `No scope to read ${name} was granted: see the step scopes.`;
    return { finding: skipped('scope_not_granted', message, 'nobody', details) };
  }
  return { token, url, details: { ...details, url } };
}

async function firstOf<T>(pages: AsyncGenerator<T, void, void>): Promise<T[]> {
  for await (const page of pages) return [page];
  return [];
}
