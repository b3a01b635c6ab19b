import { z } from 'zod';
import {
  createWebhookSchema,
  deliveryViewSchema,
  replayedSchema,
  rotateSecretSchema,
  updateWebhookSchema,
  webhookTestSchema,
  webhookViewSchema,
  webhookWithSecretSchema,
} from './event-deliveries/webhook.schema.js';
import { apiKeyViewSchema, createApiKeySchema, createdApiKeySchema } from './access/api-key.schema.js';
import { createSessionSchema, sessionViewSchema } from './access/api-session.schema.js';
import { tokenViewSchema } from './access-tokens/token.schema.js';
import { type SchemaNote, type SchemaNotes } from './common/openapi/openapi-schemas.js';
import { idPageQuerySchema, pageQuerySchema } from './common/page.schema.js';
import {
  courseGroupViewSchema,
  courseOriginViewSchema,
  courseViewSchema,
  createCourseSchema,
  memberViewSchema,
  resourceLinkViewSchema,
  updateCourseSchema,
} from './courses/course.schema.js';
import { lineItemViewSchema, resultViewSchema, updateLineItemSchema } from './courses/gradebook.schema.js';
import { serviceRequestSchema } from './courses/service-request.schema.js';
import { requestedRunSchema, requestedRunsSchema, syncRunViewSchema } from './courses/sync-run.schema.js';
import {
  outboxScoreSchema,
  outboxScoreViewSchema,
  scoreVerdictSchema,
  scoreVerdictsSchema,
} from './grade-passback/outbox.schema.js';
import { deliveryStateViewSchema } from './grade-passback/delivery-state.view.js';
import { suspensionViewSchema } from './grade-passback/suspension.view.js';
import {
  contentItemSchema,
  deepLinkResponseSchema,
  deepLinkResponseViewSchema,
} from './launch/deep-linking/content-item.schema.js';
import {
  exchangedSchema,
  exchangeSchema,
  launchSessionViewSchema,
} from './launch/sessions/launch-session.schema.js';
import {
  createdLti11ConsumerSchema,
  createLti11ConsumerSchema,
  lti11ConsumerViewSchema,
  updateLti11ConsumerSchema,
} from './launch/lti11/lti11-consumer.schema.js';
import {
  launchFormSchema,
  loginRequestSchema,
  lti11LaunchFormSchema,
} from './launch/launch-request.schema.js';
import { registrationStartSchema } from './launch/dynamic-registration/register.schema.js';
import { rotateKeysSchema, toolKeyViewSchema } from './keys/tool-key.schema.js';
import { extensionsSchema } from './lti-services/grades/extensions.schema.js';
import { instantSchema } from './lti-services/grades/instant.schema.js';
import { findableLineItemSchema, newLineItemSchema } from './lti-services/grades/line-item.schema.js';
import {
  noticeHandlerKeySchema,
  noticeHandlerViewSchema,
  noticesViewSchema,
} from './notices/notice.schema.js';
import { erasedUserSchema, personalRecordSchema } from './personal-data/personal-data.schema.js';
import { platformMoveSchema, platformMoveViewSchema } from './platform-moves/platform-move.schema.js';
import {
  createRegistrationSchema,
  registrationViewSchema,
  updatedRegistrationViewSchema,
  updateRegistrationSchema,
} from './registrations/registration.schema.js';
import {
  checkRegistrationSchema,
  checkStepSchema,
  registrationCheckViewSchema,
} from './registration-checks/registration-check.schema.js';
import {
  createdInvitationSchema,
  createInvitationSchema,
  dynamicRegistrationViewSchema,
  finishRegistrationSchema,
  invitationViewSchema,
} from './registrations/dynamic/dynamic-registration.schema.js';
import { registrationGuideSchema } from './registrations/guide/registration-guide.schema.js';
import { userApiRequestSchema } from './user-grants/api/user-api.schema.js';
import {
  putUserGrantClientSchema,
  userGrantClientViewSchema,
} from './user-grants/clients/user-grant-client.schema.js';
import {
  authorizedSchema,
  authorizeSchema,
  callbackSchema,
  logoutSchema,
  resolutionSchema,
  resolveSchema,
  userGrantViewSchema,
} from './user-grants/user-grant.schema.js';

/** The names of schemas in the OpenAPI document. Those of bodies begin with a verb or with `New`. */
const names: Readonly<Record<string, z.ZodType>> = {
  AccessToken: tokenViewSchema,
  ReplayedEvents: replayedSchema,
  UpdateWebhook: updateWebhookSchema,
  Webhook: webhookViewSchema,
  WebhookDelivery: deliveryViewSchema,
  WebhookTest: webhookTestSchema,
  WebhookWithSecret: webhookWithSecretSchema,
  ApiKey: apiKeyViewSchema,
  AuthorizeUser: authorizeSchema,
  AuthorizeUserAnswer: authorizedSchema,
  CheckRegistration: checkRegistrationSchema,
  CheckStep: checkStepSchema,
  CompleteAuthorization: callbackSchema,
  ContentItem: contentItemSchema,
  Course: courseViewSchema,
  CourseGroup: courseGroupViewSchema,
  CourseOrigin: courseOriginViewSchema,
  CreatedApiKey: createdApiKeySchema,
  CreatedRegistrationInvitation: createdInvitationSchema,
  CreatedLti11Consumer: createdLti11ConsumerSchema,
  DeepLinkResponse: deepLinkResponseViewSchema,
  DeliveryState: deliveryStateViewSchema,
  DynamicRegistration: dynamicRegistrationViewSchema,
  ExchangeLaunchCode: exchangeSchema,
  FindOrCreateLineItem: findableLineItemSchema,
  FinishRegistration: finishRegistrationSchema,
  LaunchForm: launchFormSchema,
  LaunchSession: launchSessionViewSchema,
  LaunchSessionWithToken: exchangedSchema,
  LineItem: lineItemViewSchema,
  LogOut: logoutSchema,
  LoginRequest: loginRequestSchema,
  Lti11Consumer: lti11ConsumerViewSchema,
  Lti11LaunchForm: lti11LaunchFormSchema,
  Member: memberViewSchema,
  MovePlatform: platformMoveSchema,
  NewApiKey: createApiKeySchema,
  NewCourse: createCourseSchema,
  NewDeepLinkResponse: deepLinkResponseSchema,
  NewRegistrationInvitation: createInvitationSchema,
  NewSession: createSessionSchema,
  NewLineItem: newLineItemSchema,
  NewLti11Consumer: createLti11ConsumerSchema,
  NewRegistration: createRegistrationSchema,
  NewScore: outboxScoreSchema,
  NoticeHandler: noticeHandlerViewSchema,
  NoticesAnswer: noticesViewSchema,
  PlatformMove: platformMoveViewSchema,
  PutNoticeHandler: noticeHandlerKeySchema,
  PutUserGrantClient: putUserGrantClientSchema,
  Registration: registrationViewSchema,
  RegistrationCheck: registrationCheckViewSchema,
  RegistrationGuide: registrationGuideSchema,
  RegistrationInvitation: invitationViewSchema,
  RegistrationStart: registrationStartSchema,
  RequestedSyncRun: requestedRunSchema,
  RequestedSyncRuns: requestedRunsSchema,
  ResolveUserGrant: resolveSchema,
  ResourceLink: resourceLinkViewSchema,
  Result: resultViewSchema,
  RotateToolKeys: rotateKeysSchema,
  Score: outboxScoreViewSchema,
  ScoreVerdict: scoreVerdictSchema,
  ScoreVerdicts: scoreVerdictsSchema,
  Suspension: suspensionViewSchema,
  SyncRun: syncRunViewSchema,
  ToolKey: toolKeyViewSchema,
  UpdateCourse: updateCourseSchema,
  UpdateLineItem: updateLineItemSchema,
  UpdateLti11Consumer: updateLti11ConsumerSchema,
  UpdateRegistration: updateRegistrationSchema,
  UpdatedRegistration: updatedRegistrationViewSchema,
  UserGrant: userGrantViewSchema,
  UserGrantClient: userGrantClientViewSchema,
  UserGrantResolution: resolutionSchema,
  Session: sessionViewSchema,
};

/** The names, and what zod cannot derive. */
export const schemaNotes: SchemaNotes = z.registry<SchemaNote>();
for (const [id, schema] of Object.entries(names)) schemaNotes.add(schema, { id });
schemaNotes.add(createWebhookSchema, {
  id: 'NewWebhook',
  example: { url: 'https://app.example.edu/hooks', types: ['lti.sync.completed'], registrationId: null },
});
schemaNotes.add(rotateSecretSchema, { id: 'RotateWebhookSecret', example: { overlapHours: 24 } });
schemaNotes.add(userApiRequestSchema, {
  id: 'UserApiRequest',
  example: { method: 'GET', path: '/api/v1/courses', query: { per_page: 50 } },
});
schemaNotes.add(serviceRequestSchema, {
  id: 'ServiceRequest',
  example: {
    method: 'GET',
    url: 'https://lms.example.edu/api/lti/assets/7',
    scopes: ['https://purl.imsglobal.org/spec/lti/scope/asset.readonly'],
    headers: { accept: '*/*' },
    followsRedirects: true,
  },
});
schemaNotes.add(deepLinkResponseSchema, {
  id: 'NewDeepLinkResponse',
  example: {
    items: [
      {
        type: 'ltiResourceLink',
        title: 'Quiz 7',
        custom: { quiz: '7' },
        lineItem: { scoreMaximum: 10, resourceId: 'quiz-7' },
      },
    ],
    msg: 'Quiz 7 is in your course.',
  },
});
schemaNotes.add(registrationCheckViewSchema, {
  id: 'RegistrationCheck',
  example: {
    registrationId: '01930a3e-7c5b-7d4e-9f10-2a3b4c5d6e7f',
    courseId: null,
    checkedAt: '2026-01-05T08:00:00.000Z',
    outcome: 'failed',
    steps: [
      {
        step: 'token',
        outcome: 'failed',
        code: 'token_client_refused',
        message:
          'The platform refused our token request with 401 (invalid_client). The platform does not accept this tool.',
        actor: 'platform_administrator',
        details: {
          url: 'https://lms.example.edu/token',
          platformStatus: 401,
          platformError: 'invalid_client',
        },
      },
    ],
  },
});
schemaNotes.add(erasedUserSchema, {
  id: 'ErasedUser',
  example: {
    registrationId: '01930a3e-7c5b-7d4e-9f10-2a3b4c5d6e7f',
    userId: '42',
    erased: {
      memberships: 3,
      results: 12,
      gradedByUser: 0,
      scores: 12,
      lastScores: 12,
      launchSessions: 2,
      lti11Ids: 0,
      userGrants: 1,
      notices: 0,
      events: 4,
    },
    revocationPending: false,
    listedInCourses: 3,
    returnsWithNextSync: true,
  },
});
schemaNotes.add(personalRecordSchema, {
  id: 'PersonalRecord',
  example: {
    kind: 'memberships',
    data: {
      course_id: '01930a3e-7c5b-7d4e-9f10-2a3b4c5d6e7f',
      user_id: '42',
      name: 'Ada Lovelace',
      email: 'ada@example.edu',
    },
  },
});
// JSON has no type for a moment, and an extension may be any JSON.
schemaNotes.add(instantSchema, { json: { type: 'string', format: 'date-time' } });
schemaNotes.add(extensionsSchema, { json: { type: 'object', additionalProperties: true } });
schemaNotes.add(outboxScoreSchema.shape.scoreGiven, { json: { type: 'number', minimum: 0, nullable: true } });
schemaNotes.add(pageQuerySchema.shape.limit, { description: 'The most items of a page' });
schemaNotes.add(pageQuerySchema.shape.cursor, { description: 'The `nextCursor` of the page before' });
schemaNotes.add(pageQuerySchema.shape.order, {
  description: 'Of the first page, `asc` by default: the cursor carries it to the next pages',
});
schemaNotes.add(idPageQuerySchema.shape.cursor, { description: 'The `nextCursor` of the page before' });
schemaNotes.add(idPageQuerySchema.shape.order, {
  description:
    '`desc`: the newest first, the default; `asc`: the oldest first. Of the first page: the cursor carries it to the next pages',
});
