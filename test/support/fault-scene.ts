import { FakeClock } from '../../src/testing/fake-clock.js';
import { type FamilyName } from '../../src/testing/families/family.js';
import { type SimulatedCourse } from '../../src/testing/platform/simulated-course.js';
import { membershipMediaType } from '../../src/testing/service-constants.js';
import { SimulatedPlatform } from '../../src/testing/simulated-platform.js';
import { type SigningTool } from './signing-tool.js';

/** A tool with a token and a course of ten members, at a platform whose faults a test sets. */
export class FaultScene {
  private constructor(
    readonly clock: FakeClock,
    readonly tool: SigningTool,
    readonly lms: SimulatedPlatform,
    readonly course: SimulatedCourse,
    /** A test may replace it. */
    public token: string,
  ) {}

  static async start(tool: SigningTool, family: FamilyName = 'generic'): Promise<FaultScene> {
    const clock = new FakeClock();
    const lms = await SimulatedPlatform.start({ family, clock });
    lms.addTool({ clientId: tool.clientId, jwks: tool.jwks });
    const course = lms.addCourse({ members: 10 });
    return new FaultScene(clock, tool, lms, course, await tool.token(lms, clock.nowMs() / 1000));
  }

  /** Requests another token. */
  newToken(): Promise<string> {
    return this.tool.token(this.lms, this.clock.nowMs() / 1000);
  }

  read(url = this.course.membershipsUrl, signal?: AbortSignal): Promise<Response> {
    const headers = { authorization: `Bearer ${this.token}`, accept: membershipMediaType };
    return fetch(url, { headers, redirect: 'manual', ...(signal === undefined ? {} : { signal }) });
  }

  async askToken(): Promise<Record<string, unknown>> {
    const { body } = await this.tool.ask(this.lms, this.clock.nowMs() / 1000);
    return JSON.parse(body) as Record<string, unknown>;
  }

  async ids(response: Response | Promise<Response>): Promise<string[]> {
    const { members } = (await (await response).json()) as { members: { user_id: string }[] };
    return members.map((member) => member.user_id);
  }
}
