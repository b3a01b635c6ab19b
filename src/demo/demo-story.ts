import { type Page } from '../common/page.schema.js';
import { type CourseView, type MemberView } from '../courses/course.schema.js';
import { type SyncRunView } from '../courses/sync-run.schema.js';
import { type DeliveryStateView } from '../grade-passback/delivery-state.view.js';
import { type ScoreVerdicts } from '../grade-passback/outbox.schema.js';
import {
  type CreatedInvitation,
  type DynamicRegistrationView,
} from '../registrations/dynamic/dynamic-registration.schema.js';
import { registersTools } from '../testing/dynamic-registration/dynamic-registration-route.js';
import { type SimulatedCourse, type SimulatedPlatform } from '../testing/index.js';
import { coursePath, platformPaths } from '../testing/pages/platform-paths.js';
import { type DemoServices } from './demo-services.js';
import { type DemoView, type StepId, stepIds } from './demo-steps.js';

const SCORE_MAXIMUM = 10;
const MAX_PAGE = 500;

/** Where the story is. */
export interface StoryState {
  /** Has grown when the frames have to be loaded again. */
  version: number;
  /** What the steps that are done had as their result. */
  results: Partial<Record<StepId, string>>;
  /** The step that has begun and is not done. */
  running: StepId | undefined;
  /** The step that was done last. */
  last: StepId | undefined;
  show: DemoView;
  /** What the LMS has counted, for the reader. */
  counted: string;
}

/** What the demo knows once the tool is registered. */
interface Joined {
  clientId: string;
  registrationId: string;
}

/** The steps of the guided demo. A step begins with a click on the guide, and is done when the service and the LMS say so. */
export class DemoStory {
  private readonly results: Partial<Record<StepId, string>> = {};
  private readonly course: SimulatedCourse;
  private running: StepId | undefined;
  private last: StepId | undefined;
  private version = 0;
  private show: DemoView;
  private invitationId: string | undefined;
  private joined: Joined | undefined;
  private courseId = '';
  private runId = '';
  private linksBefore = 0;
  private countsBefore = { tokenRequests: 0, scoresAccepted: 0, scoreRequests: 0 };
  private expected = 0;
  private graded = 0;

  constructor(
    private readonly services: DemoServices,
    private readonly lms: SimulatedPlatform,
  ) {
    const [course] = lms.courses;
    if (course === undefined) throw new Error('The LMS of the demo has no course.');
    this.course = course;
    this.show = { lms: lms.url, dashboard: '' };
  }

  /** The registration of the LMS, once the first step is done. */
  get registrationId(): string | undefined {
    return this.joined?.registrationId;
  }

  /** Looks whether the step that runs is done. */
  async state(): Promise<StoryState> {
    const { running } = this;
    const result = running === undefined ? undefined : await this.resultOf(running);
    if (running !== undefined && running === this.running && result !== undefined) {
      this.results[running] = result;
      this.running = undefined;
      this.last = running;
      this.version += 1;
    }
    const { tokenRequests, scoresAccepted } = this.lms.counts;
    return {
      version: this.version,
      results: { ...this.results },
      running: this.running,
      last: this.last,
      show: { ...this.show },
      counted: `The LMS has counted ${tokenRequests} token ${tokenRequests === 1 ? 'request' : 'requests'} and ${scoresAccepted} accepted scores.`,
    };
  }

  /** Begins a step, or begins it again. @throws {Error} when a step before it is not done */
  async begin(step: StepId): Promise<void> {
    const before = stepIds.slice(0, stepIds.indexOf(step));
    const missing = before.find((each) => this.results[each] === undefined);
    if (missing !== undefined) throw new Error(`The step ${missing} comes first.`);
    this.show = await this.started(step);
    this.running = step;
    this.version += 1;
  }

  private started(step: StepId): Promise<DemoView> | DemoView {
    switch (step) {
      case 'register':
        return this.register();
      case 'launch':
        return this.launchView({});
      case 'pick':
        this.linksBefore = this.course.resourceLinks.length;
        return this.launchView({ message_type: 'LtiDeepLinkingRequest' });
      case 'sync':
        return this.sync();
      case 'grade':
        return this.grade();
      case 'break':
        return this.breakToken();
    }
  }

  /** Undefined while the step is not done. */
  private resultOf(step: StepId): Promise<string | undefined> | string | undefined {
    switch (step) {
      case 'register':
        return this.registered();
      case 'launch':
        return this.launched();
      case 'pick':
        return this.picked();
      case 'sync':
        return this.synced();
      case 'grade':
        return this.gradesArrived();
      case 'break':
        return this.healed();
    }
  }

  private async register(): Promise<DemoView> {
    const { api, apiUrl, apiKey } = this.services;
    if (!registersTools(this.lms.family)) {
      const { id } = await this.lms.connect(apiUrl, { apiKey, name: 'Simulated LMS' });
      this.joined = { registrationId: id, clientId: this.lms.tools[0]?.clientId ?? '' };
      return { lms: this.lms.url, dashboard: `registrations/${id}` };
    }
    const { id, registrationUrl } = await api.post<CreatedInvitation>('/api/v1/registration-invitations', {
      name: 'Simulated LMS',
      allowedIssuers: [this.lms.issuer],
    });
    this.invitationId = id;
    const query = new URLSearchParams({ url: registrationUrl }).toString();
    return { lms: this.at(`${platformPaths.register}?${query}`), dashboard: 'registrations/invitations' };
  }

  private async registered(): Promise<string | undefined> {
    if (this.joined !== undefined && this.invitationId === undefined)
      return 'This LMS has no dynamic registration, so the demo has entered the values at both sides.';
    const list = '/api/v1/dynamic-registrations';
    const { items } = await this.services.api.get<Page<DynamicRegistrationView>>(list);
    const stored = items.find(
      ({ invitationId, status }) => invitationId === this.invitationId && status === 'stored',
    );
    const { clientId, registrationId } = stored ?? {};
    if (typeof clientId !== 'string' || typeof registrationId !== 'string') return undefined;
    this.joined = { clientId, registrationId };
    this.show = { lms: this.lms.url, dashboard: `registrations/${registrationId}` };
    return `The LMS gave the tool the client id ${clientId}, and the service stored the registration.`;
  }

  private launchView(more: Readonly<Record<string, string>>): DemoView {
    const query = new URLSearchParams({
      client_id: this.joined?.clientId ?? '',
      context_id: this.course.contextId,
      user_id: this.course.instructor.userId,
      ...more,
    });
    return {
      lms: this.at(`/_launch/frame?${query.toString()}`),
      dashboard: this.courseId === '' ? 'courses' : `courses/${this.courseId}`,
    };
  }

  private async launched(): Promise<string | undefined> {
    const { api } = this.services;
    const { items } = await api.get<Page<CourseView>>(
      `/api/v1/courses?registrationId=${this.registrationId}`,
    );
    const course = items.find(({ contextId }) => contextId === this.course.contextId);
    if (course === undefined) return undefined;
    this.courseId = course.id;
    // The LMS goes on to show the tool.
    this.show = { ...this.show, dashboard: `courses/${course.id}` };
    return `The service checked the signature, and recorded the course ${this.course.title}.`;
  }

  private picked(): string | undefined {
    const added = this.course.resourceLinks.length - this.linksBefore;
    if (added === 0) return undefined;
    this.show = {
      lms: this.at(coursePath('course', this.course.contextId)),
      dashboard: `courses/${this.courseId}`,
    };
    return `${added} ${added === 1 ? 'quiz is' : 'quizzes are'} in the course, each with a line item in the gradebook.`;
  }

  private async sync(): Promise<DemoView> {
    const { id } = await this.services.api.post<{ id: string }>(`/api/v1/courses/${this.courseId}/sync`);
    this.runId = id;
    return {
      lms: this.at(coursePath('course', this.course.contextId)),
      dashboard: `courses/${this.courseId}`,
    };
  }

  private async synced(): Promise<string | undefined> {
    const run = await this.services.api.get<SyncRunView>(`/api/v1/sync-runs/${this.runId}`);
    if (run.finishedAt === null) return undefined;
    const { added, updated, unchanged, pages } = run.counts;
    return `The run is ${run.status}: ${added + updated + unchanged} members in ${pages} ${pages === 1 ? 'page' : 'pages'} of the roster.`;
  }

  private async grade(): Promise<DemoView> {
    this.graded += 1;
    const { scoreRequests, scoresAccepted, tokenRequests } = this.lms.counts;
    this.countsBefore = { scoreRequests, scoresAccepted, tokenRequests };
    const { api } = this.services;
    const lineItemId = await this.lineItem();
    const members = await api.get<Page<MemberView>>(
      `/api/v1/courses/${this.courseId}/members?role=Learner&status=Active&limit=${MAX_PAGE}`,
    );
    const scores = members.items.map(({ userId }, index) => ({
      lineItemId,
      userId,
      scoreGiven: (index * 7 + this.graded) % (SCORE_MAXIMUM + 1),
      scoreMaximum: SCORE_MAXIMUM,
    }));
    const verdicts = await api.post<ScoreVerdicts>(`/api/v1/courses/${this.courseId}/scores`, scores);
    this.expected = verdicts.accepted;
    return {
      lms: this.at(coursePath('gradebook', this.course.contextId)),
      dashboard: `scores?registrationId=${this.registrationId}`,
    };
  }

  /** That of the content which was picked, or a new one. */
  private async lineItem(): Promise<string> {
    const picked = this.course.resourceLinks.find(({ lineItemUrl }) => lineItemUrl !== undefined);
    if (picked?.lineItemUrl !== undefined) return picked.lineItemUrl;
    const { id } = await this.services.api.post<{ id: string }>(
      `/api/v1/courses/${this.courseId}/line-items`,
      { label: 'Quiz', scoreMaximum: SCORE_MAXIMUM },
    );
    return id;
  }

  private async gradesArrived(): Promise<string | undefined> {
    if ((await this.pending()) > 0) return undefined;
    const accepted = this.lms.counts.scoresAccepted - this.countsBefore.scoresAccepted;
    return `${accepted} of ${this.expected} scores are in the gradebook. So far the LMS got ${this.lms.counts.tokenRequests} token ${this.lms.counts.tokenRequests === 1 ? 'request' : 'requests'} in all.`;
  }

  /** The token expires at the LMS without a word: the service has it still, and uses it. */
  private async breakToken(): Promise<DemoView> {
    this.lms.expireTokens();
    await this.grade();
    return { lms: this.at(platformPaths.faults), dashboard: 'access-tokens' };
  }

  private async healed(): Promise<string | undefined> {
    if ((await this.pending()) > 0) return undefined;
    const { scoreRequests, scoresAccepted, tokenRequests } = this.lms.counts;
    const before = this.countsBefore;
    const accepted = scoresAccepted - before.scoresAccepted;
    const refused = scoreRequests - before.scoreRequests - accepted;
    const requests = tokenRequests - before.tokenRequests;
    this.show = {
      lms: this.at(coursePath('gradebook', this.course.contextId)),
      dashboard: 'access-tokens',
    };
    return `The LMS refused ${refused} ${refused === 1 ? 'score' : 'scores'}. The service got a new token with ${requests} token ${requests === 1 ? 'request' : 'requests'}, and ${accepted} of ${this.expected} scores arrived.`;
  }

  private async pending(): Promise<number> {
    const { scores } = await this.services.api.get<DeliveryStateView>(
      `/api/v1/registrations/${this.registrationId}/delivery`,
    );
    return scores.pending;
  }

  private at(path: string): string {
    return this.lms.url + path;
  }
}
