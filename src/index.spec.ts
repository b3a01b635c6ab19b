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

/** Thrown and caught within, or by the standalone service and its commands alone: no embedder meets them. */
const INTERNAL_ERRORS = [
  'DataDirectoryInUse',
  'EmbeddedPostgresFailed',
  'NoDatabaseYet',
  'NotReady',
  'PostgresBinariesMissing',
  'ScoreGaveUp',
  'ScoreNotSent',
  'ScoresTooLarge',
  'ScoresUnreadable',
  'SecretsUnreadable',
  'ServiceRunning',
  'SyncRunGaveUp',
  'SyncRunHandedBack',
  'SyncRunTakenOver',
];

function errorClasses(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.errors.ts') && !path.startsWith('testing'))
    .flatMap((path) => [
      ...readFileSync(join(directory, path), 'utf8').matchAll(/export class (\w+) extends LtiError/g),
    ])
    .map(([, name = '']) => name);
}

describe('the public API', () => {
  it('is these values', () => {
    expect(Object.keys(publicApi).sort()).toEqual([
      'AccessToken',
      'AccessTokenExpired',
      'AccessTokenKey',
      'ApiKeyConfigured',
      'ApiKeyNotFound',
      'ApiKeyReadOnly',
      'ApiKeyRejected',
      'ApiKeyRequired',
      'ApiKeyService',
      'AuthenticationFailed',
      'CannotDecrypt',
      'Clock',
      'ConfigurationInvalid',
      'CourseExists',
      'CourseNotFound',
      'CourseRoster',
      'CourseService',
      'CourseSyncService',
      'CourseWithoutLineItems',
      'DatabaseUnavailable',
      'DeploymentInUse',
      'DeploymentNotFound',
      'ForeignLineItem',
      'ForeignNextLink',
      'GradePassback',
      'GradeService',
      'GradesRefused',
      'GradesUnavailable',
      'GradesUnreadable',
      'InvalidRequest',
      'LastWriteKey',
      'LeaseBusy',
      'LeaseLost',
      'LineItemCoupled',
      'LineItemGone',
      'LtiError',
      'LtiMetrics',
      'LtiModule',
      'MembershipsRefused',
      'MembershipsService',
      'MembershipsUnavailable',
      'MembershipsUnreadable',
      'MigrationsPending',
      'NoLineItemsEndpoint',
      'NoMembershipsEndpoint',
      'OAuthClient',
      'OAuthService',
      'OutboxElsewhere',
      'PageLoop',
      'PlatformThrottled',
      'PlatformTimeout',
      'PlatformUnreachable',
      'RedirectRefused',
      'RegistrationExists',
      'RegistrationNotFound',
      'RegistrationService',
      'ResponseTooLarge',
      'RosterAbovePlatformLimit',
      'RosterTooLarge',
      'SchedulerMissing',
      'Scope',
      'ScopeMismatch',
      'ScoreNotFound',
      'ScoreNotSaved',
      'ScoreSettled',
      'ScoreStale',
      'StoredTokens',
      'SyncRunNotFound',
      'SyncRuns',
      'TokenNotFound',
      'TokenRequestFailed',
      'TokenRequestRefused',
      'TokenSeal',
      'TokenStoreUnavailable',
      'TooManyGrades',
      'TooManyPages',
      'TooManyScores',
      'ToolKeyService',
      'UnreadableNextLink',
      'UnsafeUrl',
      'WrongEncryptionKeys',
      'createApiKeySchema',
      'createCourseSchema',
      'createRegistrationSchema',
      'defaultScopes',
      'updateRegistrationSchema',
    ]);
  });

  it('is these types', () => {
    expect(exportedNames().types).toEqual([
      'AccessTokenFields',
      'ApiKeyInfo',
      'ApiKeyScope',
      'AuthenticateOptions',
      'ConfigurationFault',
      'Course',
      'CourseIdentity',
      'CourseQuery',
      'CreateApiKey',
      'CreateCourse',
      'CreateRegistration',
      'CreatedApiKey',
      'Deployment',
      'EnqueueOptions',
      'GetMembersOptions',
      'GradesAnswer',
      'Lease',
      'LeaseRequest',
      'LineItem',
      'LineItemChanges',
      'LineItemQuery',
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
      'PassbackView',
      'PlatformFamily',
      'PlatformRequest',
      'PlatformResponse',
      'PostScoreOptions',
      'ProblemDetails',
      'Refusal',
      'RefusedScope',
      'Registration',
      'RenewalFailure',
      'RequestFault',
      'RequestedRun',
      'ResourceLinkMessage',
      'Result',
      'ResultQuery',
      'Score',
      'ScoreInput',
      'ScoreVerdict',
      'ServiceEndpoints',
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
      'UnreachableReason',
      'UnsafeUrlReason',
      'UpdateRegistration',
    ]);
  });

  it('is named, name by name', () => {
    expect(source).not.toMatch(/export (?:\*|default)/);
    expect(exportedNames().values).toEqual(Object.keys(publicApi).sort());
  });

  it('has every error that an embedder can meet', () => {
    const missing = errorClasses(__dirname).filter((name) => !(name in publicApi));
    expect(missing.sort()).toEqual(INTERNAL_ERRORS);
  });
});
