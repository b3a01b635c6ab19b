/** How many requests of each kind a simulated platform got, and how many answers of each kind it gave. */
export interface PlatformCounts {
  /** For tokens of LTI services, also those that were refused. */
  tokenRequests: number;
  /** Tokens of LTI services. */
  tokensIssued: number;
  /** One for each page of a roster. */
  membershipRequests: number;
  /** For groups and for sets of groups. */
  groupRequests: number;
  /** For the list of line items and for single ones. */
  lineItemRequests: number;
  /** Also those that were refused. */
  scoreRequests: number;
  /** One for each page of results. */
  resultRequests: number;
  /** Scores that were stored in a gradebook. */
  scoresAccepted: number;
  /** How often a tool's key set was fetched. */
  jwksFetches: number;
  /** How often the platform's own key set was requested. */
  platformKeyFetches: number;
  /** Launches that were started, by LTI 1.3 or 1.1. */
  launchesStarted: number;
  /** id_tokens that were sent to tools, including forged ones. */
  idTokensIssued: number;
  /** Posts to the return URLs of deep linking, including those that were refused. */
  deepLinkResponses: number;
  /** Content items that courses got by deep linking. */
  contentItemsAccepted: number;
  /** How often the consent page for the users' API was opened. */
  userAuthorizations: number;
  /** Requests for users' tokens by grant type, and `revocation`; including those that were refused or met a fault. */
  userTokenRequests: Record<string, number>;
  /** Users' tokens that were issued for a code. */
  userTokensIssued: number;
  /** Users' tokens that were refreshed, including those whose answer was lost. */
  userTokenRefreshes: number;
  /** Users' tokens that were revoked by the tool. */
  userTokenRevocations: number;
  /** Revocations that also asked to end the user's web sessions. */
  userSessionsExpired: number;
  /** Calls of the users' API. */
  userApiRequests: number;
  /** Refusals by reason, such as `expired_assertion`; without those of faults. */
  rejected: Record<string, number>;
  /** Requests by path, without the query. */
  byPath: Record<string, number>;
}

// A test with an error must not fill the memory with paths.
const mostPaths = 10_000;

export class Counters {
  readonly counts: PlatformCounts = {
    tokenRequests: 0,
    tokensIssued: 0,
    membershipRequests: 0,
    groupRequests: 0,
    lineItemRequests: 0,
    scoreRequests: 0,
    resultRequests: 0,
    scoresAccepted: 0,
    jwksFetches: 0,
    platformKeyFetches: 0,
    launchesStarted: 0,
    idTokensIssued: 0,
    deepLinkResponses: 0,
    contentItemsAccepted: 0,
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
