import { type FamilyName } from '../families/family.js';
import { type Faults } from '../faults/faults.js';
import { type ScoreTraffic } from '../gradebook/score-traffic.js';
import { type NoticeDelivery } from '../notices/notices.js';
import { type RequestThrottle } from '../throttling/request-throttle.js';
import { type IssuedToken } from '../tokens/issued-tokens.js';
import { type SimulatedTool } from '../tools/simulated-tool.js';
import { type PlatformCounts } from './counters.js';
import { type PlatformState } from './platform-state.js';
import { type SimulatedCourse } from './simulated-course.js';

/** What a test reads of a simulated platform: its addresses, its contents, and the requests that it got. */
export abstract class PlatformView {
  readonly #state: PlatformState;

  protected constructor(state: PlatformState) {
    this.#state = state;
  }

  /** The product that is simulated. */
  get family(): FamilyName {
    return this.#state.family.name;
  }

  /** The address of the platform, without a slash at the end. */
  get url(): string {
    return this.#state.url;
  }

  /** The issuer: the URL, except for families with one issuer for all customers. */
  get issuer(): string {
    return this.#state.issuer;
  }

  get authorizationUrl(): string {
    return this.#state.authorizationUrl;
  }

  get tokenUrl(): string {
    return this.#state.tokenUrl;
  }

  /** The `aud` of client assertions: the token URL, except for families with an audience of their own. */
  get tokenAudience(): string {
    return this.#state.tokenAudience;
  }

  get jwksUrl(): string {
    return this.#state.jwksUrl;
  }

  /** The faults of the next requests. */
  get faults(): Faults {
    return this.#state.faults;
  }

  /** The requests with notices that it sent to tools, the oldest first. */
  get noticeDeliveries(): readonly NoticeDelivery[] {
    return this.#state.notices.deliveries;
  }

  /** How many requests of each kind the platform got. */
  get counts(): PlatformCounts {
    return this.#state.counters.counts;
  }

  /** How many score requests were in flight at once. */
  get scoreTraffic(): ScoreTraffic {
    return this.#state.scoreTraffic;
  }

  /** Its leaky buckets; undefined if it does not throttle. */
  get throttle(): RequestThrottle | undefined {
    return this.#state.throttle;
  }

  /** Every access token so far, the oldest first. */
  get issuedTokens(): readonly IssuedToken[] {
    return this.#state.issuedTokens.all;
  }

  get tools(): readonly SimulatedTool[] {
    return [...this.#state.tools.values()];
  }

  get courses(): readonly SimulatedCourse[] {
    return [...this.#state.courses.values()];
  }
}
