// The public API: what an embedder needs, and nothing by accident. src/index.spec.ts pins the list.

// The module
export { LtiModule, type LtiModuleAsyncOptions, type LtiModuleExtras } from './lti.module.js';
export { type LtiModuleOptions } from './config/lti-config.js';

// Registrations
export {
  type CreatedInvitation,
  type CreateInvitation,
  type InvitationView,
} from './registrations/dynamic/dynamic-registration.schema.js';
export { type PlatformConfiguration } from './registrations/dynamic/platform-configuration.js';
export {
  type RegistrationRequest,
  type RegistrationRequestHook,
  type ToolConfiguration,
  type ToolMessage,
} from './registrations/dynamic/registration-request.js';
export { RegistrationInvitationService } from './registrations/dynamic/registration-invitation.service.js';
export { RegistrationService } from './registrations/registration.service.js';
export {
  type CreateRegistration,
  createRegistrationSchema,
  type UpdateRegistration,
} from './registrations/registration.schema.js';
export {
  type CheckRegistration,
  type CheckStep,
  type RegistrationCheckView,
} from './registration-checks/registration-check.schema.js';
export { RegistrationCheckService } from './registration-checks/registration-check.service.js';
export { type Registration, type RefusedScope } from './registrations/registration.entity.js';
export { type Deployment } from './registrations/deployment.entity.js';
export { type PlatformFamily } from './registrations/platform-family.js';
export { type IdTokenAlgorithm } from './registrations/id-token-algorithm.js';
export { type QuietHours } from './registrations/quiet-hours.js';
export { type UrlsAtOrigin } from './registrations/registration-listeners.js';

// Tokens, and calls to a platform
export { type AuthenticateOptions, OAuthService } from './access-tokens/oauth.service.js';
export { OAuthClient } from './access-tokens/oauth-client.js';
export { type ServiceEndpoints } from './access-tokens/service-endpoints.js';
export { type ServiceRequest, type ServiceStreamRequest } from './access-tokens/service-request.js';
export { Scope } from './common/scopes.js';
export { AccessToken, type AccessTokenFields, AccessTokenKey } from './access-tokens/access-token.js';
export {
  type Lease,
  type LeaseRequest,
  type RenewalFailure,
  type StoredAccess,
  type StoredAccessInfo,
  type StoredTokenInfo,
  type TokenStore,
} from './access-tokens/stores/token-store.js';
export { TokenCipher } from './access-tokens/token-cipher.js';
export { StoredTokens, type StoredToken } from './access-tokens/stored-tokens.js';
export { type TokenQuery, type TokenStatus } from './access-tokens/token.schema.js';
export {
  AuthenticationFailed,
  AuthenticationUndecided,
  type RefusedCall,
  ScopeMismatch,
  TokenRequestFailed,
  TokenRequestRefused,
} from './access-tokens/access-token.errors.js';
export { PlatformThrottled, type ThrottleReason } from './rate-limits/rate-limits.errors.js';
export { type Urgency } from './rate-limits/rate-limiter.js';
export {
  type PlatformRequest,
  type PlatformResponse,
  type PlatformStream,
} from './platform-http/platform-request.js';
export {
  PlatformTimeout,
  PlatformUnreachable,
  type TimeoutPhase,
  type UnreachableReason,
} from './platform-http/platform-http.errors.js';

// Names and roles
export {
  type GetMembersOptions,
  MembershipsService,
  type MembershipsOptions,
} from './lti-services/memberships/memberships.service.js';
export {
  type Member,
  type MemberSection,
  type MembershipContext,
  type MembershipPage,
  type MemberStatus,
  type ResourceLinkMessage,
} from './lti-services/memberships/member.js';

export {
  type Group,
  type GroupQuery,
  GroupService,
  type GroupSet,
} from './lti-services/groups/group.service.js';

// Grades
export { type SubmissionReview } from './lti-services/grades/submission-review.schema.js';
export {
  GradeService,
  type LineItemQuery,
  type PostScoreOptions,
  type ResultQuery,
} from './lti-services/grades/grade.service.js';
export { type LineItem } from './lti-services/grades/line-item.js';
export { type LineItemChanges, type NewLineItem } from './lti-services/grades/line-item.schema.js';
export { type Result } from './lti-services/grades/result.js';
export { type Score, type ScoreInput, type StoredScore } from './lti-services/grades/score.schema.js';
export { type GradesAnswer, GradesRefused } from './lti-services/grades/grades.errors.js';
export { type Extensions } from './lti-services/grades/extensions.schema.js';
export { type UnreadableEntry } from './lti-services/grades/grade-calls.js';

// Grades that must not be lost
export {
  type ErasedUser,
  type PersonalDataQuery,
  type PersonalRecord,
} from './personal-data/personal-data.schema.js';
export { PersonalDataService } from './personal-data/personal-data.service.js';
export { type PlatformMoveInput, type PlatformMoveView } from './platform-moves/platform-move.schema.js';
export { PlatformMoveService } from './platform-moves/platform-move.service.js';
export { type EnqueueOptions, GradePassbackService } from './grade-passback/grade-passback.service.js';
export {
  type OutboxQuery,
  type OutboxScoreInput,
  type OutboxScoreView,
  type ScoreVerdict,
} from './grade-passback/outbox.schema.js';
export { type OutboxStatus } from './grade-passback/outbox-score.entity.js';
export { type DeliveryStateView } from './grade-passback/delivery-state.view.js';
export { type SuspensionQuery, type SuspensionView } from './grade-passback/suspension.view.js';

// Lists in pages

// Launches
export {
  type LaunchContext,
  type LaunchRole,
  type LaunchUser,
  type Lti11LaunchContext,
  type Lti13LaunchContext,
} from './launch/context/launch-context.schema.js';
export {
  type CheckedDeepLinkResponse,
  type ContentItem,
  type DeepLinkResponseInput,
} from './launch/deep-linking/content-item.schema.js';
export { type DeepLinkResponse, DeepLinkingService } from './launch/deep-linking/deep-linking.service.js';
export {
  DeepLinkHandler,
  LaunchHandler,
  type MessageHandling,
  type ReceivedLaunch,
} from './launch/launch-handler.js';
export { type LaunchHandlerReply, type LaunchReply } from './launch/launch-reply.js';
export {
  type ContextRoleName,
  hasContextRole,
  type LtiRole,
  type ParsedRole,
  type RoleKind,
} from './common/lti-role.js';
export { type DashboardPages } from './dashboard/dashboard-pages.js';
export { type LaunchHandling } from './launch/launch.module.js';
export { CurrentLaunchSession, Launch, LaunchRoles, LtiLaunchGuard } from './launch/sessions/launch.guard.js';
export { type LaunchSession } from './launch/sessions/launch-session.entity.js';
export {
  LaunchSessionService,
  type LaunchSessionWithToken,
  type NewLaunchSession,
} from './launch/sessions/launch-session.service.js';

export { type CreateLti11Consumer, type UpdateLti11Consumer } from './launch/lti11/lti11-consumer.schema.js';
export { type CreatedLti11Consumer, Lti11ConsumerService } from './launch/lti11/lti11-consumer.service.js';
export { Lti11LinkRepository } from './launch/lti11/lti11-link.repository.js';
export { type Lti11Consumer } from './launch/lti11/lti11-consumer.entity.js';
export { type Lti11Kind, type Lti11Link, type Lti11Pair } from './launch/lti11/lti11-link.entity.js';
export { type LaunchPage } from './launch/pages/launch-page.js';

// Courses and their syncs
export { CourseService } from './courses/course.service.js';
export { type CourseIdentity } from './courses/course-schedule.service.js';
export {
  type CourseOrigin,
  CourseOriginService,
  type ResourceLinkOrigin,
} from './courses/course-origin.service.js';
export { CourseGradebookService } from './courses/course-gradebook.service.js';
export { type CourseGroup } from './courses/course-group.entity.js';
export { CourseGroupService } from './courses/course-group.service.js';
export {
  CourseRosterService,
  type MissingMember,
  type RosterChanges,
} from './courses/course-roster.service.js';
export {
  type CourseGroupQuery,
  type CourseQuery,
  type CreateCourse,
  type MemberQuery,
  type ResourceLinkQuery,
  type UpdateCourse,
} from './courses/course.schema.js';
export { type Course } from './courses/course.entity.js';
export { type Membership } from './courses/membership.entity.js';
export { CourseSyncService } from './course-syncs/course-sync.service.js';
export { type SyncEnd, type SyncProgress, SyncRunRepository } from './course-syncs/sync-run.repository.js';
export { type NextSyncReason } from './courses/sync-schedule.js';
export { type RosterEnd, type SyncRun, type SyncRunStatus } from './courses/sync-run.entity.js';
export { type RequestedRun, type SyncRunQuery } from './courses/sync-run.schema.js';
export { type CourseLineItem } from './courses/course-line-item.entity.js';
export { type CourseLineItemQuery, type CourseResultQuery } from './courses/gradebook.schema.js';
export { type CourseResult } from './courses/course-result.entity.js';
export { type ResourceLink } from './courses/resource-link.entity.js';
export { type LtiEventMap, type ScoreEvent } from './common/lti-events.js';

// Events that arrive
export { EventHandler, type LtiEvent } from './event-deliveries/event-handler.js';
export { type LtiEventType } from './event-deliveries/event-types.js';
export { type EventHandling } from './event-deliveries/event-deliveries.module.js';
export {
  type CreateWebhook,
  type DeliveryQuery,
  type DeliveryView,
  type ReplayQuery,
  type RotateSecret,
  type UpdateWebhook,
  type WebhookTest,
  type WebhookView,
  type WebhookWithSecretView,
} from './event-deliveries/webhook.schema.js';
export { WebhookService } from './event-deliveries/webhook.service.js';

// Notices of platforms
export { NoticeHandler, type ReceivedNotice } from './notices/notice-handler.js';
export { type WorkerMode } from './jobs/worker-mode.js';
export { type NoticeHandling } from './notices/notices.module.js';
export {
  PlatformNotificationService,
  type SetNoticeHandler,
} from './notices/platform-notification.service.js';

// What users allow the tool at the API of their platform
export {
  type GrantResolution,
  type GrantSubject,
  type UserGrantHandle,
  UserGrantService,
} from './user-grants/user-grant.service.js';
export {
  type GrantOfUser,
  type PagesOptions,
  type UserApiBody,
  UserApiClient,
  type UserApiOptions,
  type UploadOptions,
  type UserApiRequest,
} from './user-grants/api/user-api-client.js';
export { type UserFile } from './user-grants/api/file-upload.js';
export { UserGrantClientService } from './user-grants/clients/user-grant-client.service.js';
export {
  type PutUserGrantClient,
  putUserGrantClientSchema,
} from './user-grants/clients/user-grant-client.schema.js';
export { type UserGrantClient } from './user-grants/clients/user-grant-client.entity.js';
export {
  type UserGrantProvider,
  userGrantProviderSchema,
} from './user-grants/providers/user-grant-provider.schema.js';
export { type ShippedProviderName } from './user-grants/providers/shipped-providers.js';
export {
  type ConsentAnswer,
  type ConsentProof,
  ConsentService,
} from './user-grants/consent/consent.service.js';
export { type EndReason } from './user-grants/end-reason.js';
export { type GrantKey, type UserGrant, type UserGrantStatus } from './user-grants/user-grant.entity.js';
export { type RevocationOptions } from './user-grants/tokens/grant-revocation.js';
export { AuthorizationRequired } from './user-grants/user-grants.errors.js';
export { type GrantFilter } from './user-grants/user-grants.repository.js';

// Our keys, and the keys to our API
export { KeyRotationService, type RotateOptions } from './keys/key-rotation.service.js';
export {
  type CreatedSigningKey,
  KeySigner,
  type SigningKey,
  type ToolKeyAlgorithm,
} from './keys/key-signer.js';
export { type StatedKey, type ToolKeyState } from './keys/tool-key-state.js';
export { ToolKeyService } from './keys/tool-key.service.js';
export { type ToolKey } from './keys/tool-key.entity.js';
export { ApiKeyService, type CreatedApiKey } from './access/api-key.service.js';
export { type CreateApiKey } from './access/api-key.schema.js';
export { type ApiKey, type ApiKeyInfo, type ApiKeyScope } from './access/api-key.entity.js';

// Numbers
export { LtiMetrics } from './metrics/lti-metrics.js';
export { type PlatformService } from './metrics/platform-metrics.js';

// What everything has in common
export { type ErrorFields, LtiError, type ProblemDetails } from './common/lti-error.js';
export {
  AccessDenied,
  type ConfigurationFault,
  ConfigurationInvalid,
  Conflict,
  ConsentRefused,
  InvalidRequest,
  NotFound,
  PlatformAnswerInvalid,
  PlatformRefused,
  type RequestFault,
  Unavailable,
} from './common/reactions.errors.js';
export { ProblemDetailsFilter } from './common/problem-details.filter.js';
export { UnsafeUrl, type UnsafeUrlReason } from './common/url-policy.errors.js';
export { Clock } from './common/clock.js';
export { type Order, type Page, type PageQuery } from './common/page.schema.js';
