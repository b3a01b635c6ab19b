import { type Answer } from '../http/http-exchange.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { type Row, table } from './html.js';
import { platformPage } from './platform-page.js';
import { platformPaths } from './platform-paths.js';

/** The number of requests so far, and of refusals by their reason. */
export class RequestsPage implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === platformPaths.requests;
  }

  answer(): Answer {
    return platformPage({
      path: platformPaths.requests,
      title: 'Requests',
      body: `<h1>Requests</h1>
${table('What tools and browsers have asked this LMS for', ['What', 'How often'], rowsOf(this.#platform))}`,
    });
  }
}

function rowsOf({ counters: { counts }, scoreTraffic }: PlatformState): Row[] {
  return [
    ['Token requests', counts.tokenRequests],
    ['Tokens issued', counts.tokensIssued],
    ['Membership requests', counts.membershipRequests],
    ['Line item requests', counts.lineItemRequests],
    ['Score requests', counts.scoreRequests],
    ['Scores accepted', counts.scoresAccepted],
    ['Result requests', counts.resultRequests],
    ['Most score requests at once', scoreTraffic.mostInFlight],
    ['Most of them for one user in one line item', scoreTraffic.mostInFlightForOne],
    ['Key set fetches', counts.jwksFetches],
    ['Launches begun', counts.launchesStarted],
    ['Tokens for launches', counts.idTokensIssued],
    ['Deep linking responses', counts.deepLinkResponses],
    ['Content items accepted', counts.contentItemsAccepted],
    ['Fetches of the own key set', counts.platformKeyFetches],
    ["Users' tokens issued", counts.userTokensIssued],
    ["Users' tokens renewed", counts.userTokenRefreshes],
    ["Users' tokens revoked", counts.userTokenRevocations],
    ["Calls of the users' API", counts.userApiRequests],
    ...Object.entries(counts.rejected).map(([reason, count]): Row => [`Refused: ${reason}`, count]),
  ];
}
