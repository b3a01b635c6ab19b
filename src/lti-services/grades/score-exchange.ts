import { CANVAS_SUBMISSION, type CanvasSubmission } from './canvas-submission.schema.js';
import { type Score, type StoredScore } from './score.schema.js';
import { STATUS_CODES } from 'node:http';
import { type PlatformResponse } from '../../platform-http/platform-request.js';
import { type PlatformFamily } from '../../registrations/platform-family.js';

/** The body of a score request. It is one line: to any other body Moodle answers 200 and saves nothing. */
export function scoreBody(score: Score | StoredScore, timestamp: Date, family: PlatformFamily): string {
  const { scoreGiven, submission, extensions } = score;
  const canvas = canvasFields(score, timestamp, family);
  // Each field is named: copying the rest of an object takes three times as long as all of this. JSON writes dates in UTC.
  const fields = {
    userId: score.userId,
    // AGS 2.0 3.4.5: without it the platform clears the grade.
    scoreGiven: scoreGiven ?? undefined,
    scoreMaximum: scoreGiven === null ? undefined : score.scoreMaximum,
    timestamp: timestamp.toISOString(),
    activityProgress: score.activityProgress,
    gradingProgress: score.gradingProgress,
    comment: score.comment,
    scoringUserId: score.scoringUserId,
    submission: submission && {
      startedAt: submission.startedAt,
      submittedAt: submission.submittedAt,
    },
  } satisfies Record<Exclude<keyof Score, 'canvasSubmission' | 'extensions'>, unknown>;
  return JSON.stringify(Object.assign(fields, extensions, canvas && { [CANVAS_SUBMISSION]: canvas }));
}

/** Canvas' extension as it is sent. Canvas counts each score as a new attempt if `new_submission` is missing. */
export function canvasFields(
  { canvasSubmission, extensions, submission }: Score | StoredScore,
  timestamp: Date,
  family: PlatformFamily,
): Record<string, unknown> | undefined {
  const raw = extensions?.[CANVAS_SUBMISSION];
  if (raw === undefined && canvasSubmission === undefined) {
    return family === 'canvas' ? { new_submission: false } : undefined;
  }
  const given = isObject(raw) ? raw : undefined;
  if (raw !== undefined && given === undefined && canvasSubmission === undefined) return undefined;
  const merged: Record<string, unknown> = { ...given, ...submissionFields(canvasSubmission) };
  const hasTime = merged.submitted_at !== undefined || submission?.submittedAt !== undefined;
  // The same value in all tries: a retry after a lost answer must not count as another attempt.
  const attempt = family === 'canvas' && isAttempt(merged) && !hasTime;
  return attempt ? { ...merged, submitted_at: timestamp.toISOString() } : merged;
}

function submissionFields(
  submission: CanvasSubmission | StoredScore['canvasSubmission'],
): Record<string, unknown> {
  if (submission === undefined) return {};
  const fields = {
    new_submission: submission.newSubmission,
    preserve_score: submission.preserveScore,
    prioritize_non_tool_grade: submission.prioritizeNonToolGrade,
    submission_type: submission.submissionType,
    submission_data: submission.submissionData,
    submitted_at: submission.submittedAt,
    content_items: submission.contentItems,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Canvas' default is true, except for the submission type `none`. */
function isAttempt({ new_submission, submission_type }: Record<string, unknown>): boolean {
  return new_submission === undefined ? submission_type !== 'none' : new_submission === true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The parts of an answer to a score that are read. */
export type ScoreAnswer = Pick<PlatformResponse, 'status' | 'headers' | 'body'>;

/** How the gradebook of a family refuses a score, if that is known to differ from "JSON, plain text or nothing". */
interface RefusalManner {
  /** The statuses that it answers with plain text. Default: all. */
  plainText?: ReadonlySet<number>;
  /** Its words for a token without the scope, beside those of RFC 6750. */
  scopeWords?: RegExp;
  /** Its words for a dead token, where it answers 403. */
  tokenWords?: RegExp;
}

/** These families answer with JSON. Plain text with 403 or 404 comes from firewalls and proxies. */
const JSON_ONLY: RefusalManner = { plainText: new Set([400, 409, 412, 422]) };

const MANNERS: Partial<Record<PlatformFamily, RefusalManner>> = {
  moodle: JSON_ONLY,
  canvas: JSON_ONLY,
  openedx: {
    ...JSON_ONLY,
    scopeWords: /do not have permission to perform this action/i,
    tokenWords: /authentication (?:credentials|token)/i,
  },
  sakai: { scopeWords: /scope not in access token/i, tokenWords: /signature_error|invalid_authorization/i },
};

/** Statuses by which a gradebook refuses a score (AGS 2.0 3.4): the body may be anything except an HTML page. */
const VERDICTS: ReadonlySet<number> = new Set([400, 403, 404, 409, 410, 412, 422]);
/** Statuses of a proxy or firewall in front of the platform, whatever the body is. */
const IN_FRONT: ReadonlySet<number> = new Set([
  407, 408, 421, 425, 426, 431, 451, 494, 495, 496, 497, 499, 511,
]);
/** Statuses of a gateway that cannot reach the platform; Cloudflare uses 520 and above. */
const isGateway = (status: number): boolean =>
  status === 502 || status === 504 || (status >= 520 && status < 600);

/** Headers that only proxies and firewalls send. */
const PROXY_HEADERS = ['cf-mitigated', 'x-amzn-waf-action', 'x-squid-error', 'proxy-authenticate'];
/** Plain texts of proxies: Envoy, Cloudflare, Kubernetes, Traefik, HAProxy. */
const PROXY_WORDS =
  /rbac: access denied|no healthy upstream|upstream connect error|error code: \d|default backend|page not found|access denied|request blocked/i;
const READ = 4096;

/**
 * Whether an answer of 400 or more comes from the gradebook: only then it is a verdict on the score. The status and the shape
 * of the body decide, not the content type: Moodle sends JSON as text/html, and firewalls send HTML as application/json.
 */
export function isFromGradebook(answer: ScoreAnswer, family: PlatformFamily): boolean {
  const { status, headers } = answer;
  if (status < 400 || IN_FRONT.has(status) || PROXY_HEADERS.some((name) => name in headers)) return false;
  const shape = shapeOf(answer);
  if (shape === 'json') return true;
  if (status >= 500) return !isGateway(status);
  if (shape === 'page' || !VERDICTS.has(status)) return false;
  return shape === 'empty' || (!saysNothing(answer) && MANNERS[family]?.plainText?.has(status) !== false);
}

/** Whether an answer says that the score was saved. Moodle saves nothing if its answer has a body. */
export function isSaved(answer: ScoreAnswer, family: PlatformFamily): boolean {
  if (answer.status < 200 || answer.status >= 300) return false;
  return family === 'moodle' ? answer.body.trim() === '' : !isPage(answer);
}

/** Whether the body is an HTML page. */
export function isPage(answer: Pick<ScoreAnswer, 'headers' | 'body'>): boolean {
  return shapeOf(answer) === 'page';
}

/** Whether the token lacks the scope: RFC 6750 3.1, or the family's own words. A fault of the registration. */
export function lacksScope(
  { status, headers, body }: ScoreAnswer,
  words: string,
  family: PlatformFamily,
): boolean {
  if (status !== 400 && status !== 403) return false;
  if (/\binsufficient_scope\b/i.test(headers['www-authenticate'] ?? '')) return true;
  if (isPage({ headers, body })) return false;
  return /\binsufficient_scope\b/i.test(words) || MANNERS[family]?.scopeWords?.test(words) === true;
}

/** Whether a 403 is the family's answer to a dead token. */
export function refusesToken({ status }: ScoreAnswer, words: string, family: PlatformFamily): boolean {
  return status === 403 && MANNERS[family]?.tokenWords?.test(words) === true;
}

function shapeOf({
  headers,
  body,
}: Pick<ScoreAnswer, 'headers' | 'body'>): 'json' | 'page' | 'empty' | 'text' {
  const text = body.replace(/^\uFEFF/, '').trimStart();
  if (text.trim() === '') return 'empty';
  if (text.startsWith('<')) return 'page';
  // Moodle's JSON may be malformed.
  if (text.startsWith('{') || text.startsWith('[') || isJson(text)) return 'json';
  const isHtml = /\btext\/html\b|\bxhtml\b/i.test(headers['content-type'] ?? '');
  return isHtml || /<(?:!doctype|html|head|title|body)\b/i.test(text.slice(0, READ)) ? 'page' : 'text';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a plain text only repeats the status, or comes from a proxy. */
function saysNothing({ status, body }: ScoreAnswer): boolean {
  const text = body.slice(0, READ).trim();
  const repeated = (STATUS_CODES[status] ?? '').toLowerCase();
  const said = text
    .toLowerCase()
    .replace(/[^a-z]+/g, ' ')
    .trim();
  return said === repeated.replace(/[^a-z]+/g, ' ').trim() || said === '' || PROXY_WORDS.test(text);
}
