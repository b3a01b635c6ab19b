import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as publicApi from './index.js';

const source = readFileSync(join(__dirname, 'index.ts'), 'utf8');

/** Every name between the braces of an export, types too. */
function exportedNames(): { values: string[]; types: string[] } {
  const names = [...source.matchAll(/export \{([^}]*)\}/g)]
    .flatMap(([, list = '']) => list.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const types = names.filter((name) => name.startsWith('type ')).map((name) => name.slice(5));
  return { values: names.filter((name) => !name.startsWith('type ')).sort(), types: types.sort() };
}

/**
 * Thrown and caught within, shown to browsers in a launch, or thrown by the standalone service and its commands alone: no
 * embedder meets them.
 */
const INTERNAL_ERRORS = [
  'LaunchRefused',
  'RefreshTokenRefused',
  'ScoreIntercepted',
  'SyncRunHandedBack',
  'SyncRunTakenOver',
];

function errorClasses(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.errors.ts') && !/^(?:testing|server)/.test(path))
    .flatMap((path) => [
      ...readFileSync(join(directory, path), 'utf8').matchAll(/export class (\w+) extends \w+/g),
    ])
    .map(([, name = '']) => name);
}

describe('the public API', () => {
  it('exports exactly the listed values', () => {
    expect(Object.keys(publicApi).sort()).toEqual([
      'AccessDenied',
      'AccessToken',
      'AccessTokenKey',
      'ApiKeyService',
      'AuthenticationFailed',
      'AuthorizationRequired',
      'CannotDecrypt',
      'Clock',
      'ConfigurationInvalid',
      'Conflict',
      'ConsentRefused',
      'ConsentService',
      'CourseGradebookService',
      'CourseRosterService',
      'CourseService',
      'CourseSyncService',
      'CurrentLaunchSession',
      'DeepLinkHandler',
      'DeepLinkingService',
      'GradePassbackService',
      'GradeService',
      'GradesRefused',
      'GrantNotRevoked',
      'InvalidRequest',
      'KeyRotationService',
      'KeySigner',
      'Launch',
      'LaunchHandler',
      'LaunchRoles',
      'LaunchSessionService',
      'Lti11ConsumerService',
      'Lti11LinkRepository',
      'LtiError',
      'LtiLaunchGuard',
      'LtiMetrics',
      'LtiModule',
      'MembershipsService',
      'NotFound',
      'OAuthClient',
      'OAuthService',
      'PlatformAnswerInvalid',
      'PlatformMoveService',
      'PlatformRefused',
      'PlatformThrottled',
      'PlatformTimeout',
      'PlatformUnreachable',
      'ProblemDetailsFilter',
      'RegistrationService',
      'Scope',
      'ScopeMismatch',
      'StoredTokens',
      'SyncRunRepository',
      'TokenCipher',
      'TokenRequestFailed',
      'TokenRequestRefused',
      'TokenStoreUnavailable',
      'ToolKeyService',
      'Unavailable',
      'UnsafeUrl',
      'UserApiClient',
      'UserGrantClientService',
      'UserGrantService',
      'createApiKeySchema',
      'createCourseSchema',
      'createRegistrationSchema',
      'defaultScopes',
      'hasContextRole',
      'putUserGrantClientSchema',
      'updateRegistrationSchema',
      'userGrantProviderSchema',
    ]);
  });

  it('exports exactly the listed types', () => {
    expect(exportedNames().types).toEqual([
      'AccessTokenFields',
      'ApiKeyInfo',
      'ApiKeyScope',
      'AuthenticateOptions',
      'ConfigurationFault',
      'ContentItem',
      'ContextRoleName',
      'Course',
      'CourseIdentity',
      'CourseQuery',
      'CreateApiKey',
      'CreateCourse',
      'CreateLti11Consumer',
      'CreateRegistration',
      'CreatedApiKey',
      'CreatedLti11Consumer',
      'CreatedSigningKey',
      'DeepLinkResponse',
      'DeepLinkResponseInput',
      'Deployment',
      'EndReason',
      'EnqueueOptions',
      'ErrorFields',
      'GetMembersOptions',
      'GradesAnswer',
      'GrantKey',
      'GrantOfUser',
      'GrantResolution',
      'GrantSubject',
      'LaunchContext',
      'LaunchHandlerReply',
      'LaunchHandling',
      'LaunchReply',
      'LaunchRole',
      'LaunchSession',
      'LaunchSessionWithToken',
      'LaunchUser',
      'Lease',
      'LeaseRequest',
      'LineItem',
      'LineItemChanges',
      'LineItemQuery',
      'Lti11LaunchContext',
      'Lti13LaunchContext',
      'LtiEventMap',
      'LtiModuleExtras',
      'LtiModuleOptions',
      'Member',
      'MemberQuery',
      'MemberSection',
      'MemberStatus',
      'Membership',
      'MembershipContext',
      'MembershipPage',
      'MembershipsOptions',
      'NewLineItem',
      'OutboxQuery',
      'OutboxScoreInput',
      'OutboxScoreView',
      'OutboxStatus',
      'Page',
      'PageQuery',
      'PagesOptions',
      'PassbackView',
      'PlatformFamily',
      'PlatformMoveInput',
      'PlatformMoveView',
      'PlatformRequest',
      'PlatformResponse',
      'PlatformStream',
      'PostScoreOptions',
      'ProblemDetails',
      'PutUserGrantClient',
      'ReceivedLaunch',
      'RefusedCall',
      'RefusedScope',
      'Registration',
      'RenewalFailure',
      'RequestFault',
      'RequestedRun',
      'ResourceLinkMessage',
      'Result',
      'ResultQuery',
      'RevocationOptions',
      'RotateOptions',
      'Score',
      'ScoreInput',
      'ScoreVerdict',
      'ServiceEndpoints',
      'SigningKey',
      'StatedKey',
      'StoredAccess',
      'StoredAccessInfo',
      'StoredToken',
      'StoredTokenInfo',
      'SyncRun',
      'SyncRunQuery',
      'SyncRunStatus',
      'ThrottleReason',
      'TimeoutPhase',
      'TokenQuery',
      'TokenState',
      'TokenStore',
      'ToolKey',
      'ToolKeyAlgorithm',
      'ToolKeyState',
      'UnreachableReason',
      'UnsafeUrlReason',
      'UpdateLti11Consumer',
      'UpdateRegistration',
      'UploadOptions',
      'UserApiBody',
      'UserApiOptions',
      'UserApiRequest',
      'UserFile',
      'UserGrant',
      'UserGrantHandle',
      'UserGrantProvider',
    ]);
  });

  it('exports each name explicitly', () => {
    expect(source).not.toMatch(/export (?:\*|default)/);
    expect(exportedNames().values).toEqual(Object.keys(publicApi).sort());
  });

  it('exports every error that an embedder can meet', () => {
    const missing = errorClasses(__dirname).filter((name) => !(name in publicApi));
    expect(missing.sort()).toEqual(INTERNAL_ERRORS);
  });
});
