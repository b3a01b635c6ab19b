import { GradeService } from '../../src/lti-services/grades/grade.service.js';
import { type OAuthClient } from '../../src/oauth/oauth-client.js';
import { type FamilyName, type SimulatedCourse, type SimulatedLineItem } from '../../src/testing/index.js';
import { type Campus } from './campus.js';
import { type SigningKeys } from './signing-keys.js';
import { TokenScene } from './token-scene.js';

export interface GradeSceneOptions {
  /** What the platform lets our tool ask for. Default: everything. */
  grants?: readonly string[];
  /** What the course's launches said that the tool may do. Default: everything. */
  gradeScopes?: readonly string[];
}

/** Our grade service and one course of a simulated LMS, over real HTTP. Five members: the first of them a teacher. */
export class GradeScene {
  readonly student = 'user-00002';
  readonly grades: GradeService;

  private constructor(
    readonly tokens: TokenScene,
    readonly campus: Campus,
    readonly course: SimulatedCourse,
    readonly client: OAuthClient,
  ) {
    this.grades = new GradeService(tokens.clock);
  }

  static async start(
    keys: SigningKeys,
    family: FamilyName,
    { grants, gradeScopes }: GradeSceneOptions = {},
  ): Promise<GradeScene> {
    const tokens = await TokenScene.compose(keys);
    try {
      const campus = await tokens.campus({ family, ...(grants && { grants }) });
      const course = campus.lms.addCourse({ contextId: '6', members: 5 });
      const lineItems = course.lineItemsUrl;
      const client = await campus.authenticate({ lineItems, ...(gradeScopes && { gradeScopes }) });
      return new GradeScene(tokens, campus, course, client);
    } catch (error) {
      await tokens.stop();
      throw error;
    }
  }

  get lms(): Campus['lms'] {
    return this.campus.lms;
  }

  /** A line item of 20 that a teacher made. */
  addLineItem(label = 'Quiz'): SimulatedLineItem {
    return this.course.gradebook.addLineItem({ label, scoreMaximum: 20, resourceId: label });
  }

  /** Scores the student, a second after whatever was before. */
  score(item: { url: string }, scoreGiven: number | null, userId = this.student): Promise<void> {
    this.tokens.clock.advance(1000);
    return this.grades.postScore(this.client, item.url, { userId, scoreGiven, scoreMaximum: 20 });
  }

  stop(): Promise<void> {
    return this.tokens.stop();
  }
}
