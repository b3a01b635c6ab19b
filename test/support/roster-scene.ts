import { FakeClock } from '../../src/testing/fake-clock.js';
import { type FamilyName } from '../../src/testing/families/family.js';
import { type SimulatedCourse } from '../../src/testing/platform/simulated-course.js';
import { SimulatedPlatform } from '../../src/testing/simulated-platform.js';
import { readPage, readPages } from './page-reader.js';
import { type SigningTool } from './signing-tool.js';

/** A course of a simulated platform, and a token to read its roster. */
export class RosterScene {
  private constructor(
    readonly clock: FakeClock,
    readonly lms: SimulatedPlatform,
    readonly course: SimulatedCourse,
    /** A test may replace it. */
    public token: string,
  ) {}

  static async start(tool: SigningTool, family: FamilyName, members = 5): Promise<RosterScene> {
    const clock = new FakeClock();
    const lms = await SimulatedPlatform.start({ family, clock });
    lms.addTool({ clientId: tool.clientId, jwks: tool.jwks });
    const course = lms.addCourse({ contextId: '6', title: 'Course 5 & Söhne', members });
    return new RosterScene(clock, lms, course, await tool.token(lms, clock.nowMs() / 1000));
  }

  get(url = this.course.membershipsUrl, headers: Record<string, string> = {}) {
    return readPage(url, this.token, headers);
  }

  readAll(url = this.course.membershipsUrl) {
    return readPages(url, this.token);
  }

  userIds(): string[] {
    return this.course.members.map(({ userId }) => userId);
  }
}
