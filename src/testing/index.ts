export { type LaunchAttackName, launchAttackNames, launchAttacks } from './launch/attacks/launch-attacks.js';
export { type Tamper } from './launch/attacks/tamper.js';
export { type BrowserResponse } from './browser/browser-exchange.js';
export { type PlatformCounts } from './platform/counters.js';
export { type FormField } from './browser/form-field.js';
export { type FamilyName, familyNames } from './families/family.js';
export { type Fault, type FaultInput } from './faults/fault.schema.js';
export { type LineItemSnapshot, type ResultSnapshot } from './gradebook/gradebook-snapshot.js';
export { type Gradebook, type SimulatedLineItemInput } from './gradebook/gradebook.js';
export { type IssuedToken } from './tokens/issued-tokens.js';
export { type SimulatedCourseInput } from './platform/platform-state.js';
export { type MessageType } from './launch/claim-names.js';
export { type LaunchInput } from './launch/launch-input.schema.js';
export { type LoginInitiation } from './launch/login-initiation.js';
export { type Lti11LaunchInput } from './launch/lti11/lti11-launch-input.schema.js';
export { type Lti11Launch } from './launch/lti11/lti11-launch.js';
export { type EarlierScore, type Score } from './gradebook/score.schema.js';
export { type ScoreTraffic } from './gradebook/score-traffic.js';
export { type SigningAlgorithm } from './keys/signing-key-pair.js';
export {
  type LaunchForm,
  type LaunchOptions,
  SimulatedBrowser,
  type SimulatedBrowserOptions,
} from './browser/simulated-browser.js';
export { type SimulatedCourse } from './platform/simulated-course.js';
export { type GradebookEntry, type SimulatedLineItem } from './gradebook/simulated-line-item.js';
export { type SimulatedMember } from './memberships/simulated-member.schema.js';
export { type ConnectedRegistration } from './tools/remote-tool.js';
export { SimulatedPlatform, type SimulatedPlatformOptions } from './simulated-platform.js';
export { type SimulatedToolInput } from './tools/simulated-tool.js';
export { LaunchNotAuthorized, NoTestDatabase, ToolNotConnected, ToolNotListening } from './testing.errors.js';
export { type RequestThrottle } from './throttling/request-throttle.js';
export { startTestDatabase, type TestDatabase } from './database/test-database.js';
export { type ToolRegistration, type ToolRegistrationOptions } from './tools/tool-registration.js';
export { type ContractCase, type TokenStoreHarness } from './token-store-contract/contract-case.js';
export { sharedTokenStoreContract } from './token-store-contract/shared-token-store-contract.js';
export { tokenStoreContract } from './token-store-contract/token-store-contract.js';
export {
  type SimulatedUserOAuthClient,
  type SimulatedUserOAuthClientInput,
} from './user-oauth/user-oauth-client.js';
export { type UserOAuth } from './user-oauth/user-oauth.js';
export { type ProfileToken, type UserProfile } from './user-oauth/user-profile.js';
