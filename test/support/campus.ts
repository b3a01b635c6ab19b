import { type OAuthClient } from '../../src/access-tokens/oauth-client.js';
import { type ServiceEndpoints } from '../../src/access-tokens/service-endpoints.js';
import { type OAuthService } from '../../src/access-tokens/oauth.service.js';
import { type PlatformResponse } from '../../src/platform-http/platform-request.js';
import { type Registration } from '../../src/registrations/registration.entity.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { membershipMediaType } from '../../src/testing/service-constants.js';

/** One simulated platform and the tool's registration, for tests of access tokens. */
export class Campus {
  constructor(
    readonly lms: SimulatedPlatform,
    readonly registration: Registration,
    private readonly oauth: OAuthService,
  ) {}

  get tokenRequests(): number {
    return this.lms.counts.tokenRequests;
  }

  /** The end points of a new course. */
  newCourse(contextId?: string): ServiceEndpoints {
    return { memberships: this.lms.addCourse({ contextId, members: 2 }).membershipsUrl };
  }

  /** A client for these end points; by default those of a new course. */
  authenticate(endpoints: ServiceEndpoints = this.newCourse()): Promise<OAuthClient> {
    return this.oauth.authenticate(this.registration, endpoints);
  }
}

/** Reads the first page of the roster by `OAuthClient.send`. */
export function readRoster(client: OAuthClient): Promise<PlatformResponse> {
  return client.send({
    method: 'GET',
    url: client.endpoints.memberships ?? '',
    headers: { accept: membershipMediaType },
  });
}
