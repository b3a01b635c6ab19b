import { AttackerKeysRoute } from '../launch/attacks/attacker-keys-route.js';
import { ControlApi } from '../control/control-api.js';
import { DeepLinkReturnRoute } from '../deep-linking/deep-link-return-route.js';
import { DynamicRegistrationRoute } from '../dynamic-registration/dynamic-registration-route.js';
import { type Endpoint } from './endpoint.js';
import { GroupsEndpoint } from '../groups/groups-endpoint.js';
import { GradebookAccess } from '../gradebook/gradebook-access.js';
import { CopyPage } from '../pages/copy-page.js';
import { CoursePage } from '../pages/course-page.js';
import { FaultsPage } from '../pages/faults-page.js';
import { GradebookPage } from '../pages/gradebook-page.js';
import { HomePage } from '../pages/home-page.js';
import { RequestsPage } from '../pages/requests-page.js';
import { KeySetEndpoint } from '../keys/key-set-endpoint.js';
import { AuthorizationRoute } from '../launch/authorization-route.js';
import { LineItemsEndpoint } from '../gradebook/line-items-endpoint.js';
import { MembershipsEndpoint } from '../memberships/memberships-endpoint.js';
import { LaunchPages } from '../pages/launch-pages.js';
import { NoticeServiceRoute } from '../notices/notice-service-route.js';
import { type PlainRoute } from './platform-server.js';
import { type PlatformState } from './platform-state.js';
import { RegistrationPages } from '../pages/registration-pages.js';
import { ResultsEndpoint } from '../gradebook/results-endpoint.js';
import { ScoresEndpoint } from '../gradebook/scores-endpoint.js';
import { TokenEndpoint } from '../tokens/token-endpoint.js';
import { FileUploadRoute } from '../user-oauth/file-upload-route.js';
import { ProfilePage } from '../user-oauth/profile-page.js';
import { UserApiEndpoint } from '../user-oauth/user-api-endpoint.js';
import { UserAuthorizeRoute } from '../user-oauth/user-authorize-route.js';
import { UserTokenEndpoint } from '../user-oauth/user-token-endpoint.js';

/** The end points and routes of a platform. The first one that matches a request answers it. */
export function routesOf(state: PlatformState): { endpoints: Endpoint[]; plain: PlainRoute[] } {
  const access = new GradebookAccess(state);
  return {
    endpoints: [
      // Before the other token end point: at Canvas they share an address.
      new UserTokenEndpoint(state),
      new TokenEndpoint(state),
      new KeySetEndpoint(state),
      new MembershipsEndpoint(state),
      new GroupsEndpoint(state),
      new ScoresEndpoint(access),
      new LineItemsEndpoint(access),
      new ResultsEndpoint(access),
      new UserApiEndpoint(state),
    ],
    plain: [
      new AuthorizationRoute(state),
      new DeepLinkReturnRoute(state),
      new DynamicRegistrationRoute(state),
      new NoticeServiceRoute(state),
      new UserAuthorizeRoute(state),
      new ProfilePage(state),
      new FileUploadRoute(state),
      new ControlApi(state),
      new AttackerKeysRoute(state),
      new LaunchPages(state),
      new RegistrationPages(state),
      new CopyPage(state),
      new CoursePage(state),
      new GradebookPage(state),
      new FaultsPage(state),
      new RequestsPage(state),
      new HomePage(state),
    ],
  };
}
