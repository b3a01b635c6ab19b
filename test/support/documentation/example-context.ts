// What the examples in the doc comments of `nest-lti` use without declaring it: names as an application would choose them.
import { type INestApplication, type Type } from '@nestjs/common';
import {
  type AccessToken,
  type AccessTokenKey,
  type ApiKeyService,
  type ConsentService,
  type Course,
  type CourseGradebookService,
  type CourseOriginService,
  type CourseRosterService,
  type CourseService,
  type CourseSyncService,
  type DeepLinkingService,
  type GradePassbackService,
  type GradeService,
  type GroupService,
  type KeyRotationService,
  type LaunchContext,
  type LaunchHandler,
  type LaunchSession,
  type LaunchSessionService,
  type LineItem,
  type Lti11ConsumerService,
  type Lti11LinkRepository,
  type Member,
  type MembershipsService,
  type NewLineItem,
  type OAuthClient,
  type OAuthService,
  type PersonalDataService,
  type PlatformMoveService,
  type PlatformNotificationService,
  type RefusedCall,
  type Registration,
  type RegistrationCheckService,
  type RegistrationInvitationService,
  type RegistrationService,
  type ServiceEndpoints,
  type StoredTokens,
  type SyncRunRepository,
  type TokenCipher,
  type TokenStore,
  type ToolKeyService,
  type UserApiClient,
  type UserGrantClientService,
  type UserGrantHandle,
  type UserGrantService,
  type WebhookService,
} from 'nest-lti';
import { type DataSource } from 'typeorm';

export {
  Body,
  Controller,
  ForbiddenException,
  Get,
  Module,
  Post,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
export { ConfigService } from '@nestjs/config';
export { OnEvent } from '@nestjs/event-emitter';
export { base64url, exportJWK, importSPKI } from 'jose';
export { createReadStream, createWriteStream } from 'node:fs';
export { stat } from 'node:fs/promises';
export { pipeline } from 'node:stream/promises';
export { register, Registry } from 'prom-client';

export declare const app: INestApplication;
export declare const dataSource: DataSource;
export declare const document: { paths: Record<string, unknown> };
export declare const error: unknown;
export declare const CourseOverviewHandler: Type<LaunchHandler>;
export declare const QuizLaunchHandler: Type<LaunchHandler>;

export declare const apiKeys: ApiKeyService;
export declare const checks: RegistrationCheckService;
export declare const consent: ConsentService;
export declare const consumers: Lti11ConsumerService;
export declare const courseGradebook: CourseGradebookService;
export declare const courses: CourseService;
export declare const courseSyncs: CourseSyncService;
export declare const deepLinking: DeepLinkingService;
export declare const grades: GradeService;
export declare const groupService: GroupService;
export declare const invitations: RegistrationInvitationService;
export declare const launchSessions: LaunchSessionService;
export declare const lti11Links: Lti11LinkRepository;
export declare const memberships: MembershipsService;
export declare const moves: PlatformMoveService;
export declare const personalData: PersonalDataService;
export declare const notifications: PlatformNotificationService;
export declare const webhooks: WebhookService;
export declare const eventId: string;
export declare const oauth: OAuthService;
export declare const origins: CourseOriginService;
export declare const passback: GradePassbackService;
export declare const registrations: RegistrationService;
export declare const roster: CourseRosterService;
export declare const rotation: KeyRotationService;
export declare const storedTokens: StoredTokens;
export declare const syncRuns: SyncRunRepository;
export declare const toolKeys: ToolKeyService;
export declare const userApi: UserApiClient;
export declare const userGrantClients: UserGrantClientService;
export declare const userGrants: UserGrantService;

export declare const cipher: TokenCipher;
export declare const client: OAuthClient;
export declare const course: Course;
export declare const endpoints: ServiceEndpoints;
export declare const grant: UserGrantHandle;
export declare const job: { refusedCall: RefusedCall | undefined };
export declare const key: AccessTokenKey;
export declare const launch: LaunchContext;
export declare const lineItem: LineItem;
export declare const newLineItem: NewLineItem;
export declare const otherCourses: readonly Course[];
export declare const registration: Registration;
export declare const session: LaunchSession;
export declare const store: TokenStore;
export declare const token: AccessToken;

export declare const apiKey: string;
export declare const attempt: object;
export declare const clientSecret: string;
export declare const code: string;
export declare const courseId: string;
export declare const failedRunId: string;
export declare const databaseUrl: string;
export declare const encrypted: string;
export declare const encryptionKeys: string;
export declare const expiresAt: Date;
export declare const iat: number;
export declare const id: string;
export declare const issuedAt: Date;
export declare const keyId: string;
export declare const kid: string;
export declare const lineItemId: string;
export declare const lineItemsUrl: string;
export declare const membershipsUrl: string;
export declare const pem: string;
export declare const publicUrl: string;
export declare const registrationId: string;
export declare const resourceLinkId: string;
export declare const scores: readonly object[];
export declare const sessionToken: string;
export declare const state: string;
export declare const text: string;
export declare const url: string;
export declare const userId: string;
export declare const value: string;

/** The client of a key management service. */
export declare const kms: {
  createRsaKey(bits: number): Promise<{ KeyId: string; PublicKey: string }>;
  sign(keyId: string, input: string): Promise<Uint8Array>;
};
export declare function archive(courseId: string, userIds: readonly string[]): Promise<void>;
export declare function copyQuizzes(from: string | null, to: string): Promise<void>;
export declare function delayJob(until: Date | undefined): Promise<void>;
export declare function read(body: unknown): void;
export declare function requestReport(claims: Readonly<Record<string, unknown>>): Promise<void>;
export declare function save(members: readonly Member[]): Promise<void>;
