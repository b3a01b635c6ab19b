import { MainJob1763700000001 } from './0001-main-job.js';
import { SharedTokens1763700000002 } from './0002-shared-tokens.js';
import { Leases1763700000003 } from './0003-leases.js';
import { PlatformLimits1763700000004 } from './0004-platform-limits.js';
import { Gradebook1763700000005 } from './0005-gradebook.js';
import { GradePassback1763700000006 } from './0006-grade-passback.js';
import { Launches1763700000007 } from './0007-launches.js';
import { UserGrants1763700000008 } from './0008-user-grants.js';
import { RefusedCalls1763700000009 } from './0009-refused-calls.js';
import { LineItemSuspensions1763700000010 } from './0010-line-item-suspensions.js';
import { UserGrantClients1763700000011 } from './0011-user-grant-clients.js';
import { AccessTokenRegistration1763700000014 } from './0014-access-token-registration.js';
import { RateLimits1763700000015 } from './0015-rate-limits.js';
import { LineItemKeys1763700000016 } from './0016-line-item-keys.js';
import { ToolKeyRotation1763700000017 } from './0017-tool-key-rotation.js';
import { DeepLinkResponses1763700000018 } from './0018-deep-link-responses.js';
import { DynamicRegistration1763700000019 } from './0019-dynamic-registration.js';
import { AwaitedDeployments1763700000020 } from './0020-awaited-deployments.js';
import { DeploymentInAssertion1763700000021 } from './0021-deployment-in-assertion.js';
import { CourseGroups1763700000022 } from './0022-course-groups.js';
import { NoticesAndOrigins1763700000023 } from './0023-notices-and-origins.js';
import { Retention1763700000024 } from './0024-retention.js';
import { SyncByUse1763700000025 } from './0025-sync-by-use.js';
import { Events1763700000029 } from './0029-events.js';
import { ApiSessions1763700000032 } from './0032-api-sessions.js';
import { RegistrationStatistics1763700000034 } from './0034-registration-statistics.js';
import { SuspensionList1763700000036 } from './0036-suspension-list.js';

/** In order, append-only. */
export const migrations = [
  MainJob1763700000001,
  SharedTokens1763700000002,
  Leases1763700000003,
  PlatformLimits1763700000004,
  Gradebook1763700000005,
  GradePassback1763700000006,
  Launches1763700000007,
  UserGrants1763700000008,
  RefusedCalls1763700000009,
  LineItemSuspensions1763700000010,
  UserGrantClients1763700000011,
  AccessTokenRegistration1763700000014,
  RateLimits1763700000015,
  LineItemKeys1763700000016,
  ToolKeyRotation1763700000017,
  DeepLinkResponses1763700000018,
  DynamicRegistration1763700000019,
  AwaitedDeployments1763700000020,
  DeploymentInAssertion1763700000021,
  CourseGroups1763700000022,
  NoticesAndOrigins1763700000023,
  Retention1763700000024,
  SyncByUse1763700000025,
  Events1763700000029,
  ApiSessions1763700000032,
  RegistrationStatistics1763700000034,
  SuspensionList1763700000036,
];
