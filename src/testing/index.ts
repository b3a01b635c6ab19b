// The public API of `nest-lti/testing`: an LMS, a browser, a database and contract suites for tests. docs/testing.md is the
// guide. Everything works in jest, vitest and node:test.

/**
 * An LMS for tests.
 * @example
 * const lms = await SimulatedPlatform.start({ family: 'moodle' });
 * await lms.connect(app);
 */
export { SimulatedPlatform } from './simulated-platform.js';
/**
 * The options of `SimulatedPlatform.start`.
 * @example
 * await SimulatedPlatform.start({ family: 'canvas', tokenLifeSeconds: 60 });
 */
export { type SimulatedPlatformOptions } from './simulated-platform.options.js';
/**
 * The products that can be simulated.
 * @example
 * describe.each(familyNames)('the tool at %s', (family) => {
 *   it('launches', () => launchAt(family));
 * });
 */
export { type FamilyName, familyNames } from './families/family.js';
/**
 * A clock that a test sets forward, for the application and the platform.
 * @example
 * clock.advance(3600_000);
 */
export { ShiftedClock } from './shifted-clock.js';
/**
 * How many requests of each kind the platform got: `lms.counts`.
 * @example
 * expect(lms.counts.tokenRequests).toBe(1);
 */
export { type PlatformCounts } from './platform/counters.js';

/**
 * The tool's registration at the platform, and its options: `lms.connect`, `lms.registrationFor`.
 * @example
 * const { id } = await lms.connect('http://localhost:3000', { apiKey, name: 'Test LMS' });
 */
export { type ConnectedRegistration } from './tools/remote-tool.js';
export { type ToolRegistration, type ToolRegistrationOptions } from './tools/tool-registration.js';
/**
 * A tool as an administrator enters it: `lms.addTool`.
 * @example
 * lms.addTool({ clientId: 'tool-1', jwksUrl: 'http://127.0.0.1:3000/lti/jwks.json' });
 */
export { type SimulatedToolInput } from './tools/simulated-tool.js';

/**
 * A course and its members: `lms.addCourse`.
 * @example
 * const course = lms.addCourse({ members: [{ name: 'Ada Lovelace', roles: ['Instructor'] }] });
 */
export { type SimulatedCourse } from './platform/simulated-course.js';
export { type SimulatedContentItem, type SimulatedResourceLink } from './deep-linking/content-item.schema.js';
export { type SimulatedCopyInput, type SimulatedCourseInput } from './platform/platform-state.js';
export { type NoticeDelivery, type ToolDeployment } from './notices/notices.js';
export { type SimulatedMember } from './memberships/simulated-member.schema.js';

/**
 * The gradebook of a course: `course.gradebook`.
 * @example
 * const quiz = course.gradebook.addLineItem({ label: 'Quiz', scoreMaximum: 20 });
 * quiz.setScore({ userId: course.learner.userId, scoreGiven: 17, timestamp: '2026-11-01T10:00:00Z' });
 * expect(quiz.resultScore(course.learner.userId)).toBe(17);
 */
export {
  type Gradebook,
  type SimulatedLineItemInput,
  type UntilScoredOptions,
} from './gradebook/gradebook.js';
export { type GradebookEntry, type SimulatedLineItem } from './gradebook/simulated-line-item.js';
export { type EarlierScore, type Score } from './gradebook/score.schema.js';
/**
 * The line items of a course with their results, as they are now: `lms.gradebook`.
 * @example
 * const [quiz] = lms.gradebook(course.contextId);
 * expect(quiz?.results).toHaveLength(1);
 */
export { type LineItemSnapshot, type ResultSnapshot } from './gradebook/gradebook-snapshot.js';
/**
 * The score requests in flight: `lms.scoreTraffic`.
 * @example
 * expect(lms.scoreTraffic.mostInFlightForOne).toBe(1);
 */
export { type ScoreTraffic } from './gradebook/score-traffic.js';

/**
 * A fault of the next requests: `lms.faults.add`.
 * @example
 * lms.faults.add({ kind: 'throttle', on: 'scores', retryAfter: 2, times: 3 });
 */
export { type Fault, type FaultInput } from './faults/fault.schema.js';
/**
 * The leaky buckets of Canvas: `lms.throttle`.
 * @example
 * lms.throttle?.fill(registration.clientId, 700); // the next request is refused
 */
export { type RequestThrottle } from './throttling/request-throttle.js';

/**
 * A token that the platform issued: `lms.issuedTokens`.
 * @example
 * expect(lms.issuedTokens.at(-1)?.scopes).toContain(Scope.score);
 */
export { type IssuedToken } from './tokens/issued-tokens.js';
/**
 * The algorithm that signs id_tokens: `lms.rotateKeys`.
 * @example
 * lms.rotateKeys('ES256');
 */
export { type SigningAlgorithm } from './keys/signing-key-pair.js';

/**
 * A launch: `lms.launch`, `lms.startLaunch`.
 * @example
 * await lms.launch({ contextId: course.contextId, userId: course.learner.userId, messageType: 'LtiDeepLinkingRequest' });
 */
export { type LaunchInput } from './launch/launch-input.schema.js';
export { type MessageType } from './launch/claim-names.js';
export { type LoginInitiation } from './launch/login-initiation.js';
/**
 * A launch by LTI 1.1: `lms.startLti11Launch`.
 * @example
 * const { url, parameters } = lms.startLti11Launch({ consumerKey: 'key', contextId: course.contextId });
 */
export { type Lti11Launch } from './launch/lti11/lti11-launch.js';
export { type Lti11LaunchInput } from './launch/lti11/lti11-launch-input.schema.js';
/**
 * Launches that a tool has to refuse.
 * @example
 * it.each(launchAttackNames)('refuses %s', async (attack) => {
 *   expect((await lms.launch({ attack })).status).toBe(401);
 * });
 */
export { type LaunchAttackName, launchAttackNames, launchAttacks } from './launch/attacks/launch-attacks.js';
export { type Tamper } from './launch/attacks/tamper.js';

/**
 * A user's browser without scripts: `lms.browser`.
 * @example
 * const browser = lms.browser({ cookies: false });
 * const response = await lms.launch({ userId: course.learner.userId }, browser);
 */
export {
  type LaunchForm,
  type LaunchOptions,
  SimulatedBrowser,
  type SimulatedBrowserOptions,
} from './browser/simulated-browser.js';
export { type BrowserResponse } from './browser/browser-exchange.js';
export { type FormField } from './browser/form-field.js';

/**
 * The users' own API and its tokens: `lms.userOAuth`.
 * @example
 * lms.addUserOAuthClient({ clientId: '10', clientSecret: 'test', redirectUris: ['https://tool.example.edu/callback'] });
 * lms.userOAuth.consentAs(course.instructor.userId);
 */
export { type UserOAuth } from './user-oauth/user-oauth.js';

/**
 * The contract of a `KeySigner` of your own.
 * @example
 * it.each(keySignerContract)('$name', ({ run }) => run({ open: () => new KmsSigner(kms) }));
 */
export { keySignerContract, type KeySignerHarness } from './keys/key-signer-contract.js';
export {
  type SimulatedUserOAuthClient,
  type SimulatedUserOAuthClientInput,
} from './user-oauth/user-oauth-client.js';
export { type ProfileToken, type UserProfile } from './user-oauth/user-profile.js';

/**
 * A PostgreSQL database for tests.
 * @example
 * const database = await startTestDatabase();
 * process.env.DATABASE_URL = database.url;
 */
export { startTestDatabase, type TestDatabase } from './database/test-database.js';

/**
 * The rules of a token store, as cases for any test runner.
 * @example
 * it.each(tokenStoreContract)('$name', ({ run }) => run({ open: () => new MyTokenStore() }));
 */
export { tokenStoreContract } from './token-store-contract/token-store-contract.js';
export { sharedTokenStoreContract } from './token-store-contract/shared-token-store-contract.js';
export { type ContractCase, type TokenStoreHarness } from './token-store-contract/contract-case.js';

/**
 * The errors with a class of their own. All other ones are a reaction of `nest-lti`, such as `NotFound`, with a code.
 * @example
 * await expect(lms.connect(url, { apiKey: 'wrong' })).rejects.toMatchObject({ code: 'tool_not_connected' });
 */
export { LaunchNotAuthorized, NoTestDatabase, ToolNotConnected, ToolNotListening } from './testing.errors.js';
