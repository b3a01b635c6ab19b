import { type LineItemContent } from './line-item.schema.js';
import { type EarlierScore, earlierScoreSchema, type Score } from './score.schema.js';

/** What the gradebook has of one user in one line item. */
export interface GradebookEntry {
  /** The `sub` of this user's launches. */
  readonly userId: string;
  /** As posted; undefined when the grade was deleted. `resultScore` of the line item is the scaled one. */
  readonly scoreGiven: number | undefined;
  /** As posted; undefined when the grade was deleted. */
  readonly scoreMaximum: number | undefined;
  /** Of the result: the last one that was sent. */
  readonly comment: string | undefined;
  /** What the student sees beside the grade: every comment where the family adds them up, else the last one. */
  readonly comments: readonly string[];
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
  /** Names the result where families have ids of their own. */
  readonly resultId: string;
}

/** How a score is taken. */
interface TakenAs {
  /** Whether its scoreGiven is a grade; else the grade is cleared. */
  readonly counts: boolean;
  /** Whether it begins an attempt, if it was not handed in before. */
  readonly isAttempt: boolean;
  /** When it was handed in, where the tool said so. */
  readonly submittedAt?: string | undefined;
  /** The grade stays as it is. */
  readonly keepsGrade: boolean;
  readonly comments: 'added' | 'replaced';
}

interface LineItemSettings {
  readonly id: string;
  readonly url: string;
  readonly coupled: boolean;
  readonly content: LineItemContent;
}

/**
 * A column of the gradebook.
 *
 * @example
 * const quiz = course.gradebook.addLineItem({ label: 'Quiz', scoreMaximum: 20 });
 * quiz.locked = true;
 */
export class SimulatedLineItem {
  /** The number in its URL. */
  readonly id: string;
  /** The address of the line item. */
  readonly url: string;
  /** Made together with a resource link. */
  readonly coupled: boolean;
  /** The fields that a tool can change. */
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

  /** One for each user with a score. */
  get entries(): readonly GradebookEntry[] {
    return [...this.#entries.values()];
  }

  /**
   * What the gradebook has of this user; undefined without a score.
   *
   * @example
   * const comment = course.gradebook.lineItem('1').entry('42')?.comment;
   */
  entry(userId: string): GradebookEntry | undefined {
    return this.#entries.get(userId);
  }

  /**
   * The score on the scale of the line item; undefined without a grade.
   *
   * @example
   * expect(course.gradebook.lineItem('1').resultScore('42')).toBe(17);
   */
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

  /** Stores a score that has passed the checks. */
  take(score: Score, how: TakenAs): void {
    const before = this.entry(score.userId);
    // Canvas counts an attempt when the time of the submission changes.
    const { submittedAt } = how;
    const isNewAttempt = how.isAttempt && (submittedAt === undefined || submittedAt !== before?.submittedAt);
    this.#entries.set(score.userId, {
      userId: score.userId,
      ...(how.keepsGrade ? gradeOf(before) : gradeOf(how.counts ? score : undefined)),
      ...commentsOf(before, score.comment, how.comments),
      timestamp: score.timestamp,
      lastScore: score,
      accepted: (before?.accepted ?? 0) + 1,
      attempts: (before?.attempts ?? 0) + (isNewAttempt ? 1 : 0),
      submittedAt: how.isAttempt ? submittedAt : before?.submittedAt,
      resultId: this.#resultId(before),
    });
  }

  #resultId(before: GradebookEntry | undefined): string {
    return before?.resultId ?? String(this.#entries.size + 1);
  }

  /**
   * Stores a score as an earlier system would, with any timestamp. It is not compared with the last one and not counted.
   *
   * @throws {ZodError} when it is not a score.
   * @example
   * course.gradebook.lineItem('1').setScore({ userId: '42', scoreGiven: 17, timestamp: '2026-11-01T10:00:00Z' });
   */
  setScore(input: EarlierScore): GradebookEntry {
    const score = earlierScoreSchema.parse(input);
    const before = this.entry(score.userId);
    const entry: GradebookEntry = {
      userId: score.userId,
      scoreGiven: score.scoreGiven,
      scoreMaximum: score.scoreMaximum ?? this.content.scoreMaximum,
      comment: score.comment,
      comments: score.comment === undefined ? [] : [score.comment],
      timestamp: score.timestamp,
      lastScore: { activityProgress: 'Completed', gradingProgress: 'FullyGraded', ...score },
      accepted: before?.accepted ?? 0,
      attempts: before?.attempts ?? 0,
      submittedAt: before?.submittedAt,
      resultId: this.#resultId(before),
    };
    this.#entries.set(score.userId, entry);
    return entry;
  }
}

function gradeOf(source: Pick<GradebookEntry, 'scoreGiven' | 'scoreMaximum'> | Score | undefined) {
  return { scoreGiven: source?.scoreGiven, scoreMaximum: source?.scoreMaximum };
}

function commentsOf(
  before: GradebookEntry | undefined,
  sent: string | undefined,
  mode: TakenAs['comments'],
): Pick<GradebookEntry, 'comment' | 'comments'> {
  const given = sent === undefined ? [] : [sent];
  if (mode === 'replaced') return { comment: sent, comments: given };
  return { comment: sent ?? before?.comment, comments: [...(before?.comments ?? []), ...given] };
}
