import { type LineItemContent } from './line-item.schema.js';
import { canvasSubmission } from './service-constants.js';
import { type EarlierScore, earlierScoreSchema, type Score } from './score.schema.js';

/** What the gradebook has of one user in one line item. */
export interface GradebookEntry {
  readonly userId: string;
  /** As it was posted; undefined when the grade is cleared. Scaled it is `resultScore` of the line item. */
  readonly scoreGiven: number | undefined;
  readonly scoreMaximum: number | undefined;
  readonly comment: string | undefined;
  /** The last one, as it was sent. */
  readonly timestamp: string;
  /** The last score that was taken, with its extensions. */
  readonly lastScore: Score;
  /** How many posts were taken; what an earlier system did is not among them. */
  readonly accepted: number;
  /** Attempts of the student, where the family counts them. */
  readonly attempts: number;
  /** When the last attempt was handed in, as the tool said. */
  readonly submittedAt: string | undefined;
  /** A teacher, or an earlier system, gave the grade. */
  readonly isByHand: boolean;
  /** Names the result where families have ids of their own. */
  readonly resultId: string;
}

/** How a score is taken. */
interface TakenAs {
  /** Whether its scoreGiven is a grade; else the grade is cleared. */
  readonly counts: boolean;
  /** Whether it begins an attempt, if it was not handed in before. */
  readonly isAttempt: boolean;
  readonly comments: 'added' | 'replaced';
}

interface LineItemSettings {
  readonly id: string;
  readonly url: string;
  readonly coupled: boolean;
  readonly content: LineItemContent;
}

/** A column of the gradebook. */
export class SimulatedLineItem {
  /** The number in its URL. */
  readonly id: string;
  readonly url: string;
  /** Made together with a resource link. */
  readonly coupled: boolean;
  content: LineItemContent;
  /** Takes no scores while it is. */
  locked = false;
  /** Made by another tool. */
  ofAnotherTool = false;
  /** The assignment can be seen by students. */
  isPublished = true;
  /** How many attempts a student has, where the family counts them. */
  attemptLimit: number | undefined;
  readonly #entries = new Map<string, GradebookEntry>();

  constructor({ id, url, coupled, content }: LineItemSettings) {
    this.id = id;
    this.url = url;
    this.coupled = coupled;
    this.content = content;
  }

  get entries(): readonly GradebookEntry[] {
    return [...this.#entries.values()];
  }

  entry(userId: string): GradebookEntry | undefined {
    return this.#entries.get(userId);
  }

  /** The score on the scale of the line item; undefined without a grade. */
  resultScore(userId: string): number | undefined {
    const { scoreGiven, scoreMaximum } = this.entry(userId) ?? {};
    const { scoreMaximum: own } = this.content;
    // Multiplying and dividing by the same number need not give the number back.
    if (scoreGiven === undefined || scoreMaximum === undefined || scoreMaximum === own) return scoreGiven;
    return (scoreGiven * own) / scoreMaximum;
  }

  /** The entry whose result has this id. */
  entryOfResult(resultId: string): GradebookEntry | undefined {
    return this.entries.find((entry) => entry.resultId === resultId);
  }

  /** Takes a score that has passed the checks. */
  take(score: Score, how: TakenAs): void {
    const before = this.entry(score.userId);
    const extension = score[canvasSubmission] ?? {};
    const submittedAt = extension.submitted_at ?? score.submission?.submittedAt;
    // Canvas counts an attempt when the time of the submission changes.
    const isNewAttempt = how.isAttempt && (submittedAt === undefined || submittedAt !== before?.submittedAt);
    const keepsGrade =
      before?.scoreGiven !== undefined &&
      (extension.preserve_score === true ||
        (extension.prioritize_non_tool_grade === true && before.isByHand));
    this.#entries.set(score.userId, {
      userId: score.userId,
      scoreGiven: keepsGrade ? before.scoreGiven : how.counts ? score.scoreGiven : undefined,
      scoreMaximum: keepsGrade ? before.scoreMaximum : score.scoreMaximum,
      comment: how.comments === 'replaced' ? score.comment : joined(before?.comment, score.comment),
      timestamp: score.timestamp,
      lastScore: score,
      accepted: (before?.accepted ?? 0) + 1,
      attempts: (before?.attempts ?? 0) + (isNewAttempt ? 1 : 0),
      submittedAt: how.isAttempt ? submittedAt : before?.submittedAt,
      isByHand: keepsGrade && before.isByHand,
      resultId: this.#resultId(before),
    });
  }

  #resultId(before: GradebookEntry | undefined): string {
    return before?.resultId ?? String(this.#entries.size + 1);
  }

  /**
   * Puts a score there as an earlier system did, with any timestamp, unchecked against the last one and counted nowhere.
   * @throws ZodError when it is no score.
   */
  setScore(input: EarlierScore): GradebookEntry {
    const score = earlierScoreSchema.parse(input);
    const before = this.entry(score.userId);
    const entry: GradebookEntry = {
      userId: score.userId,
      scoreGiven: score.scoreGiven,
      scoreMaximum: score.scoreMaximum ?? this.content.scoreMaximum,
      comment: score.comment,
      timestamp: score.timestamp,
      lastScore: { activityProgress: 'Completed', gradingProgress: 'FullyGraded', ...score },
      accepted: before?.accepted ?? 0,
      attempts: before?.attempts ?? 0,
      submittedAt: before?.submittedAt,
      isByHand: true,
      resultId: this.#resultId(before),
    };
    this.#entries.set(score.userId, entry);
    return entry;
  }
}

function joined(...comments: (string | undefined)[]): string | undefined {
  const given = comments.filter((comment) => comment !== undefined);
  return given.length === 0 ? undefined : given.join('\n');
}
