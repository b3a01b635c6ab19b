/** What a simulated platform was asked, and what it did. */
export interface PlatformCounts {
  tokenRequests: number;
  tokensIssued: number;
  membershipRequests: number;
  /** Of the list of line items, and of single ones. */
  lineItemRequests: number;
  scoreRequests: number;
  resultRequests: number;
  /** Scores that went into a gradebook. */
  scoresAccepted: number;
  /** How often a tool's key set was fetched. */
  jwksFetches: number;
  /** How often the platform's own key set was asked for. */
  platformKeyFetches: number;
  /** Launches that were begun, by LTI 1.3 or 1.1. */
  launchesStarted: number;
  /** id_tokens that went out to tools, forged ones too. */
  idTokensIssued: number;
  /** Refusals by reason, such as `expired_assertion`; faults added on purpose are not among them. */
  rejected: Record<string, number>;
  /** Requests by path, without the query. */
  byPath: Record<string, number>;
}

// A test that goes astray must not fill the memory with paths.
const mostPaths = 10_000;

export class Counters {
  readonly counts: PlatformCounts = {
    tokenRequests: 0,
    tokensIssued: 0,
    membershipRequests: 0,
    lineItemRequests: 0,
    scoreRequests: 0,
    resultRequests: 0,
    scoresAccepted: 0,
    jwksFetches: 0,
    platformKeyFetches: 0,
    launchesStarted: 0,
    idTokensIssued: 0,
    rejected: {},
    byPath: {},
  };

  countPath(path: string): void {
    const { byPath } = this.counts;
    const known = Object.hasOwn(byPath, path) || Object.keys(byPath).length < mostPaths;
    increment(byPath, known ? path : '(more)');
  }

  countRejection(reason: string): void {
    increment(this.counts.rejected, reason);
  }
}

function increment(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
