import { DataSource } from 'typeorm';
import { type Clock } from '../../src/common/clock.js';
import { Leases } from '../../src/database/leases.js';
import { dataSourceOptions } from '../../src/database/lti-data-source.js';
import { GradeService } from '../../src/lti-services/grades/grade.service.js';
import { LineItemFinder } from '../../src/lti-services/grades/line-item-finder.js';
import { type OAuthClient } from '../../src/access-tokens/oauth-client.js';
import { type FamilyName, type SimulatedCourse, type SimulatedLineItem } from '../../src/testing/index.js';
import { type Campus } from './campus.js';
import { type SigningKeys } from './signing-keys.js';
import { TokenScene } from './token-scene.js';

export interface GradeSceneOptions {
  /** The scopes that the platform grants. Default: all. */
  grants?: readonly string[];
  /** The scopes that the launches of the course named. Default: all. */
  gradeScopes?: readonly string[];
  /** The leases of a database. Default: of one that does not exist, because most calls need none. */
  leases?: Leases;
}

/** The grade service without Nest. */
export function composeGrades(clock: Clock, leases = leasesOfNobody(clock)): GradeService {
  return new GradeService(clock, new LineItemFinder(leases));
}

/** Leases of a database that does not exist. */
function leasesOfNobody(clock: Clock): Leases {
  return new Leases(new DataSource(dataSourceOptions('postgres://nobody@127.0.0.1:9/none', 1)), clock);
}

/** The grade service and one course of a simulated platform, over real HTTP. The first of the five members is a teacher. */
export class GradeScene {
  readonly grades: GradeService;

  private constructor(
    readonly tokens: TokenScene,
    readonly campus: Campus,
    readonly course: SimulatedCourse,
    readonly client: OAuthClient,
    leases?: Leases,
  ) {
    this.grades = composeGrades(tokens.clock, leases);
  }

  static async start(
    keys: SigningKeys,
    family: FamilyName,
    { grants, gradeScopes, leases }: GradeSceneOptions = {},
  ): Promise<GradeScene> {
    const tokens = await TokenScene.compose(keys);
    try {
      const campus = await tokens.campus({ family, ...(grants && { grants }) });
      const course = campus.lms.addCourse({ contextId: '6', members: 5 });
      const lineItems = course.lineItemsUrl;
      const client = await campus.authenticate({ lineItems, ...(gradeScopes && { gradeScopes }) });
      return new GradeScene(tokens, campus, course, client, leases);
    } catch (error) {
      await tokens.stop();
      throw error;
    }
  }

  /** The second member, a student. */
  get student(): string {
    return this.userId(1);
  }

  /** The user id of a member, by the position in the roster, from 0. */
  userId(index: number): string {
    return this.course.members[index]?.userId ?? '';
  }

  get lms(): Campus['lms'] {
    return this.campus.lms;
  }

  /** A line item with a maximum of 20 that a teacher created. */
  addLineItem(label = 'Quiz'): SimulatedLineItem {
    return this.course.gradebook.addLineItem({ label, scoreMaximum: 20, resourceId: label });
  }

  /** Sends a score of the student, a second later than the last one. */
  score(item: { url: string }, scoreGiven: number | null, userId = this.student): Promise<void> {
    this.tokens.clock.advance(1000);
    return this.grades.postScore(this.client, item.url, { userId, scoreGiven, scoreMaximum: 20 });
  }

  stop(): Promise<void> {
    return this.tokens.stop();
  }
}
