import { Inject, Injectable, Logger } from '@nestjs/common';
import { type TokenCheck, TokenCheckService } from '../access-tokens/token-check.service.js';
import { Clock } from '../common/clock.js';
import { parseInput } from '../common/parse-input.js';
import { SingleFlight } from '../common/single-flight.js';
import { type Course } from '../courses/course.entity.js';
import { courseErrors } from '../courses/course.errors.js';
import { CourseService } from '../courses/course.service.js';
import { type Registration } from '../registrations/registration.entity.js';
import { RegistrationListeners } from '../registrations/registration-listeners.js';
import { RegistrationService } from '../registrations/registration.service.js';
import { beforeEnd, runStep, skipped, timedOut } from './check-step.js';
import { clockFinding } from './clock-finding.js';
import { CourseServicesCheck } from './course-services-check.js';
import { PlatformKeysCheck } from './platform-keys-check.js';
import {
  type CheckRegistration,
  checkRegistrationSchema,
  type CheckStep,
  type RegistrationCheckView,
} from './registration-check.schema.js';
import { scopesFinding, tokenFinding } from './token-finding.js';
import { ToolKeysCheck } from './tool-keys-check.js';

/** Codes of refused tokens that a key set out of reach explains. */
const SIGNATURE_REFUSED: readonly string[] = [
  'token_client_refused',
  'token_signature_refused',
  'token_url_not_found',
];

/**
 * Checks a registration from end to end, and says who has to do what. It writes nothing at the platform, suspends nothing, and
 * fails or delays no other call. If the platform gives a token that is good for its services, suspended scores are tried again.
 *
 * @example
 * const { outcome, steps } = await checks.check(registration.id);
 * for (const { step, message, actor } of steps.filter((one) => one.outcome === 'failed')) console.log(step, actor, message);
 */
@Injectable()
export class RegistrationCheckService {
  private readonly logger = new Logger(RegistrationCheckService.name);
  private readonly inProgress = new SingleFlight<RegistrationCheckView>();

  constructor(
    private readonly registrations: RegistrationService,
    private readonly courses: CourseService,
    private readonly platformKeys: PlatformKeysCheck,
    private readonly toolKeys: ToolKeysCheck,
    private readonly tokens: TokenCheckService,
    private readonly services: CourseServicesCheck,
    private readonly listeners: RegistrationListeners,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Takes at most `timeoutMs` (20 s) and the time of a query. A failed step is part of the result, not an error. Checks of one
   * registration and course in this process share one run.
   *
   * @param input as the body of `POST /api/v1/registrations/:id/check`
   * @throws {NotFound} `registration_not_found`; `course_not_found` for a course that is not of this registration
   * @throws InvalidRequest that names each wrong field
   */
  async check(registrationId: string, input: CheckRegistration = {}): Promise<RegistrationCheckView> {
    const { courseId, timeoutMs } = parseInput(checkRegistrationSchema, input);
    const registration = await this.registrations.get(registrationId);
    const course = await this.courseOf(registrationId, courseId);
    const name = [registrationId, registration.revision, course?.id, timeoutMs].join(' ');
    return this.inProgress.run(name, () => this.run(registration, course, timeoutMs));
  }

  private async courseOf(registrationId: string, courseId: string | undefined): Promise<Course | undefined> {
    if (courseId === undefined) return this.courses.lastUsed(registrationId);
    const course = await this.courses.get(courseId);
    if (course.registrationId !== registrationId) throw courseErrors.notFound(courseId);
    return course;
  }

  private async run(
    registration: Registration,
    course: Course | undefined,
    timeoutMs: number,
  ): Promise<RegistrationCheckView> {
    const checkedAt = this.clock.now().toISOString();
    // By the machine's time: this bounds connections.
    const signal = AbortSignal.timeout(timeoutMs);
    const [keys, toolKeys, { check, steps }] = await Promise.all([
      beforeEnd(signal, this.platformKeys.check(registration, signal)),
      runStep('tool_keys', signal, this.toolKeys.check(registration, signal)),
      this.runWithToken(registration, course, signal),
    ]);
    const all: CheckStep[] = [
      { step: 'platform_keys', ...(keys?.finding ?? timedOut('platform_keys')) },
      toolKeys,
      ...steps.map((step) => (toolKeys.outcome === 'failed' ? withCause(step) : step)),
      { step: 'clock', ...clockFinding(check?.clockOffsetMs ?? keys?.clockOffsetMs, registration) },
    ];
    this.log(registration, all);
    if (steps.every(({ outcome }) => outcome !== 'failed')) await this.listeners.works(registration.id);
    return {
      registrationId: registration.id,
      courseId: course?.id ?? null,
      checkedAt,
      outcome: all.some(({ outcome }) => outcome === 'failed') ? 'failed' : 'passed',
      steps: all,
    };
  }

  /** The token, and the steps that need it. */
  private async runWithToken(
    registration: Registration,
    course: Course | undefined,
    signal: AbortSignal,
  ): Promise<{ check: TokenCheck | undefined; steps: CheckStep[] }> {
    const deploymentId = deploymentFor(registration, course);
    const check = await beforeEnd(signal, this.tokens.check(registration, deploymentId, signal));
    const tokens = check?.tokens ?? [];
    const input = { registration, course, tokens, signal };
    const [roster, lineItems] = await Promise.all([
      runStep('roster', signal, this.services.roster(input)),
      runStep('line_items', signal, this.services.lineItems(input)),
    ]);
    const token =
      check === undefined ? timedOut('token') : tokenFinding(check, registration, this.toolKeys.url);
    const scopes =
      check === undefined || tokens.length === 0
        ? skipped('no_token', 'There is no token that shows the granted scopes: see the step token.')
        : scopesFinding(check, registration);
    return { check, steps: [{ step: 'token', ...token }, { step: 'scopes', ...scopes }, roster, lineItems] };
  }

  private log({ id, name }: Registration, steps: readonly CheckStep[]): void {
    const wrong = steps
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ step, code }) => `${step}: ${code}`);
    if (wrong.length === 0) this.logger.log(`Check of registration "${name}" (${id}): passed.`);
    else this.logger.warn(`Check of registration "${name}" (${id}): failed (${wrong.join(', ')}).`);
  }
}

/** What a refused signature is due to while platforms cannot read our key set. A refused client is more often one with another id. */
function withCause(step: CheckStep): CheckStep {
  if (!SIGNATURE_REFUSED.includes(step.code)) return step;
  if (step.code === 'token_client_refused') {
    const message = `${step.message} If all of that is right, the cause is that of the step tool_keys, which has failed, too.`;
    return { ...step, message };
  }
  const message = `${step.message} But the step tool_keys has failed: correct that first.`;
  return { ...step, actor: 'tool_operator', message };
}

/** Any deployment shows whether the platform takes the assertion. That of the course shows what its token may do. */
function deploymentFor({ deployments }: Registration, course: Course | undefined): string | undefined {
  return course?.deploymentId ?? deployments.find(({ status }) => status === 'active')?.deploymentId;
}
