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
  /** How often the page was opened on which users allow tools to use the API. */
  userAuthorizations: number;
  /** Requests for users' tokens by grant type, and `revocation`; also those that were refused or met a fault. */
  userTokenRequests: Record<string, number>;
  /** Users' tokens that came of a code. */
  userTokensIssued: number;
  /** Users' tokens that were renewed, also where the answer got lost. */
  userTokenRefreshes: number;
  /** Users' tokens that were revoked by the tool. */
  userTokenRevocations: number;
  /** Revocations that asked for the end of the user's web sessions too. */
  userSessionsExpired: number;
  /** Calls of the users' API. */
  userApiRequests: number;
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
    userAuthorizations: 0,
    userTokenRequests: {},
    userTokensIssued: 0,
    userTokenRefreshes: 0,
    userTokenRevocations: 0,
    userSessionsExpired: 0,
    userApiRequests: 0,
    rejected: {},
    byPath: {},
  };

  countPath(path: string): void {
    const { byPath } = this.counts;
    const known = Object.hasOwn(byPath, path) || Object.keys(byPath).length < mostPaths;
    increment(byPath, known ? path : '(more)');
  }

  countUserTokenRequest(grantType: string): void {
    increment(this.counts.userTokenRequests, grantType);
  }

  countRejection(reason: string): void {
    increment(this.counts.rejected, reason);
  }
}

function increment(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
