// Writes the API reports: docs/api/*.api.md has every exported name with its signature, for each entry point of the package.
// With --check it writes nothing, and fails if a report is out of date, if a signature has a type that is not exported, or if
// an exported name or a member of it has no doc comment.
//
//   npm run build && npm run api
//   npm run build && npm run api -- --check
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const isCheck = process.argv.includes('--check');

/** The reports, and the entry point of each. */
const ENTRIES = {
  'nest-lti': 'index',
  'nest-lti-openapi': 'openapi',
  'nest-lti-testing': 'testing/index',
};

/**
 * Types of signatures that are not exported on purpose: an embedder never names them. A name that is not here, and a name that
 * is here although no signature has it, are errors.
 */
const NOT_EXPORTED = {
  // Arguments of constructors: Nest's container passes them.
  injected: [
    'AccessTokenManager',
    'ApiKeyUsage',
    'AuthorizeLinks',
    'ConsentStateRepository',
    'CourseListeners',
    'CourseScheduleService',
    'CourseServicesCheck',
    'DeliveryQueueService',
    'EventDeliveryRepository',
    'EventOutbox',
    'GrantCipher',
    'GrantRemovalService',
    'GrantRevocation',
    'GrantTokenEndpoint',
    'GrantTokenService',
    'Intervals',
    'JobQueues',
    'KeyRing',
    'Leases',
    'LineItemFinder',
    'LtiConfig',
    'LtiEvents',
    'OAuthClientParts',
    'OutboxAdminService',
    'OutboxIntakeService',
    'PersonalDataRepository',
    'PlatformHttpService',
    'PlatformKeysCheck',
    'ProvenPairs',
    'RefusedCalls',
    'RegistrationListeners',
    'RegistrationMemory',
    'SuspensionRepository',
    'TokenCheckService',
    'ToolKeysCheck',
    'UrlPolicy',
    'UserGrantsRepository',
    'WebhookSender',
  ],
  // Schemas that an exported type is inferred from, and their lists of values.
  schemas: [
    'CONTEXT_ROLES',
    'TOOL_KEY_ALGORITHMS',
    'checkRegistrationSchema',
    'checkStepSchema',
    'contentItemSchema',
    'createInvitationSchema',
    'createdInvitationSchema',
    'invitationViewSchema',
    'courseGroupQuerySchema',
    'courseQuerySchema',
    'createApiKeySchema',
    'createCourseSchema',
    'createLti11ConsumerSchema',
    'createWebhookSchema',
    'deepLinkResponseSchema',
    'endReasonSchema',
    'extensionsSchema',
    'idTokenAlgorithmSchema',
    'launchRoleSchema',
    'lineItemChangesSchema',
    'lineItemQuerySchema',
    'lti11LaunchSchema',
    'lti13LaunchSchema',
    'ltiConfigSchema',
    'ltiEventTypes',
    'memberQuerySchema',
    'newLineItemSchema',
    'outboxQuerySchema',
    'outboxScoreSchema',
    'outboxScoreViewSchema',
    'outboxStatuses',
    'deliveryStateViewSchema',
    'deliveryQuerySchema',
    'deliveryViewSchema',
    'orderSchema',
    'suspensionViewSchema',
    'platformFamilySchema',
    'erasedUserSchema',
    'personalDataQuerySchema',
    'personalRecordSchema',
    'platformMoveSchema',
    'platformMoveViewSchema',
    'registrationCheckViewSchema',
    'replayQuerySchema',
    'requestedRunSchema',
    'resourceLinkQuerySchema',
    'resultQuerySchema',
    'rotateSecretSchema',
    'scoreSchema',
    'scoreVerdictSchema',
    'shippedProviderNameSchema',
    'status',
    'submissionReviewSchema',
    'syncRunQuerySchema',
    'syncRunStatuses',
    'tokenQuerySchema',
    'updateCourseSchema',
    'updateLti11ConsumerSchema',
    'updateRegistrationSchema',
    'updateWebhookSchema',
    'userSchema',
    'webhookTestSchema',
    'webhookViewSchema',
    'webhookWithSecretSchema',
  ],
  // Base classes, and types that only src uses.
  internal: [
    'CheckedLaunch',
    'RegistrationInvitation',
    'TOOL_CONFIGURATION',
    'GrantClient',
    'NestHttpException',
    'CourseUse',
    'EventSubscription',
    'MissingMembers',
    'NewToolKey',
    'ReadRoster',
    'RegistrationVersion',
    'QueuedRun',
    'RequestedCourseRun',
    'StartedRun',
    'WithTexts',
  ],
  // Parts of an OpenAPI document, which is plain JSON.
  openapi: ['Parameter', 'RequestBody', 'Response_2'],
  // Exported by `nest-lti`, and part of signatures of `nest-lti/testing`.
  ofNestLti: [
    'Clock',
    'ConfigurationInvalid',
    'Conflict',
    'KeySigner',
    'LaunchRefused',
    'PlatformRefused',
    'Registration',
    'TokenStore',
    'ToolKeyAlgorithm',
  ],
  // Parts of the simulated platform that a test does not name.
  testing: [
    'AttackerKey',
    'Claims',
    'CourseSettings',
    'Endpoint',
    'IssuedTokens',
    'LineItemContent',
    'LineItemSettings',
    'PlatformRequest',
    'PlatformView',
    'RosterHistory',
    'SimulatedGroup',
    'SimulatedGroupInput',
    'SimulatedGroupSet',
    'SimulatedTool',
    'TakenAs',
    'ThrottledRequest',
    'ThrottlingQuirks',
    'TokenHeader',
    'UploadAnswer',
    'UserIdStyle',
    'UserOAuthState',
    'UserTokens',
    'attacks',
    'earlierScoreSchema',
    'faultSchema',
    'launchInputSchema',
    'lti11LaunchInputSchema',
    'messageTypes',
    'signingAlgorithms',
    'simulatedLineItemSchema',
    'simulatedMemberSchema',
    'simulatedToolSchema',
    'userOAuthClientSchema',
  ],
};
const notExported = new Set(Object.values(NOT_EXPORTED).flat());

const temporary = mkdtempSync(join(tmpdir(), 'nest-lti-api-'));
const reports = join(ROOT, 'docs/api');
mkdirSync(reports, { recursive: true });
const faults = [];
const unused = new Set(notExported);

for (const [name, entry] of Object.entries(ENTRIES)) {
  const result = Extractor.invoke(configOf(name, entry), {
    localBuild: !isCheck,
    messageCallback: (message) => handle(name, message),
  });
  if (result.apiReportChanged && isCheck)
    faults.push(
      `docs/api/${name}.api.md is out of date. Run \`npm run build && npm run api\`, and commit it.`,
    );
}
for (const symbol of unused)
  faults.push(`NOT_EXPORTED has ${symbol}, but no signature has it. Remove it there.`);
rmSync(temporary, { recursive: true });
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;

function configOf(name, entry) {
  const file = join(ROOT, `dist/src/${entry}.d.ts`);
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(ROOT, 'package.json'),
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: file,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: { extends: join(ROOT, 'tsconfig.build.json'), include: [], files: [file] },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: reports,
        reportTempFolder: temporary,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: {
          default: { logLevel: 'none' },
          'ae-forgotten-export': { logLevel: 'error' },
          'ae-undocumented': { logLevel: 'error' },
        },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
        compilerMessageReporting: { default: { logLevel: 'error' } },
      },
    },
  });
}

function handle(name, message) {
  message.handled = true;
  if (message.logLevel !== 'error') return;
  const symbol = /^The symbol "(\w+)"/.exec(message.text)?.[1];
  unused.delete(symbol);
  if (message.messageId === 'ae-forgotten-export' && notExported.has(symbol)) return;
  faults.push(`${name}: ${message.formatMessageWithLocation(ROOT)}`);
}
