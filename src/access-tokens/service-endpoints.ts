import { Scope } from '../common/scopes.js';
import { type Deployment } from '../registrations/deployment.entity.js';
import { type Registration } from '../registrations/registration.entity.js';
import { accessTokenErrors } from './access-token.errors.js';
import { type TokenNeed } from './access-token.manager.js';

const GRADE_SCOPES = [Scope.lineItem, Scope.score, Scope.resultReadonly];

/** The service endpoints of a course, as its launches named them. They decide which scopes are needed. */
export interface ServiceEndpoints {
  /** NRPS 2.0 `context_memberships_url` */
  memberships?: string | undefined;
  /** AGS 2.0 `lineitems` */
  lineItems?: string | undefined;
  /** AGS 2.0 `scope`: what the tool may do with line items. Default: line items, scores and results. */
  gradeScopes?: readonly string[] | undefined;
  /** Course Groups 1.0 `context_groups_url` */
  groups?: string | undefined;
  /** Course Groups 1.0 `context_group_sets_url` */
  groupSets?: string | undefined;
  /** The URLs of further services, as launches and notices name them. `request` and `stream` call their hosts, too. */
  services?: readonly string[] | undefined;
  /** PNS 1.0 `platform_notification_service_url` */
  notices?: string | undefined;
  /**
   * The deployment of the course. Only a registration with `deploymentInAssertion` uses it; without it, the registration has
   * to have exactly one deployment.
   */
  deploymentId?: string | undefined;
}

/** The URLs of the services, whose hosts get the token. */
export function urlsOf(endpoints: ServiceEndpoints): string[] {
  const { memberships, lineItems, notices, groups, groupSets, services = [] } = endpoints;
  return [memberships, lineItems, notices, groups, groupSets, ...services].filter((url) => url !== undefined);
}

/** What a call needs: a token for the scopes of the endpoints, and for further ones. */
export function needOf(
  registration: Registration,
  endpoints: ServiceEndpoints,
  onRequest: () => void,
  scopes: readonly string[] = [],
): TokenNeed {
  const needed = [...new Set([...requiredScopes(endpoints), ...scopes])];
  if (!registration.deploymentInAssertion) return { registration, needed, onRequest };
  return { registration, needed, deploymentId: tokenDeployment(registration, endpoints), onRequest };
}

/**
 * The deployment that a token for these endpoints names, if the registration has its tokens name one.
 *
 * @throws {InvalidRequest} `deployment_required` when it is not known
 */
export function tokenDeployment(
  registration: Registration,
  { deploymentId }: Pick<ServiceEndpoints, 'deploymentId'>,
): string | undefined {
  if (!registration.deploymentInAssertion) return undefined;
  if (deploymentId !== undefined) return deploymentId;
  // A registration that was read with a course is without them.
  const deployments = (registration.deployments as Deployment[] | undefined) ?? [];
  const [only, ...others] = deployments.filter(({ status }) => status === 'active');
  if (only === undefined || others.length > 0) throw accessTokenErrors.deploymentRequired();
  return only.deploymentId;
}

/** The scopes that calls of these endpoints need. */
export function requiredScopes({
  memberships,
  lineItems,
  gradeScopes = GRADE_SCOPES,
  groups,
  groupSets,
  notices,
}: ServiceEndpoints): string[] {
  return [
    ...(memberships === undefined ? [] : [Scope.membershipReadonly]),
    ...(lineItems === undefined ? [] : gradeScopes),
    ...(groups === undefined && groupSets === undefined ? [] : [Scope.contextGroupReadonly]),
    ...(notices === undefined ? [] : [Scope.noticeHandlers]),
  ];
}
