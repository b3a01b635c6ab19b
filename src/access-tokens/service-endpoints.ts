import { Scope } from '../common/scopes.js';

/** The service end points of a course, as its launches told them. What is named here decides which scopes are needed. */
export interface ServiceEndpoints {
  /** NRPS 2.0 `context_memberships_url` */
  memberships?: string | undefined;
  /** AGS 2.0 `lineitems` */
  lineItems?: string | undefined;
  /** AGS 2.0 `scope`: what the tool may do with them. Default: line items, scores and results. */
  gradeScopes?: readonly string[] | undefined;
}

const GRADE_SCOPES = [Scope.lineItem, Scope.score, Scope.resultReadonly];

export function requiredScopes({
  memberships,
  lineItems,
  gradeScopes = GRADE_SCOPES,
}: ServiceEndpoints): string[] {
  return [
    ...(memberships === undefined ? [] : [Scope.membershipReadonly]),
    ...(lineItems === undefined ? [] : gradeScopes),
  ];
}
