/**
 * The scopes of LTI services (AGS 2.0, NRPS 2.0, PNS 1.0, Course Groups 1.0), by the names of their specs.
 *
 * @example
 * await registrations.update(registrationId, { scopes: [Scope.lineItem, Scope.score] });
 */
export const Scope = {
  lineItem: 'https://purl.imsglobal.org/spec/lti-ags/scope/lineitem',
  lineItemReadonly: 'https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly',
  resultReadonly: 'https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly',
  score: 'https://purl.imsglobal.org/spec/lti-ags/scope/score',
  membershipReadonly: 'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly',
  /** Only some platforms grant it, so it is not one of the default scopes. */
  noticeHandlers: 'https://purl.imsglobal.org/spec/lti/scope/noticehandlers',
  /** Course Groups 1.0. Only some platforms grant it, so it is not one of the default scopes. */
  contextGroupReadonly: 'https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly',
} as const;

/** The default scopes of a registration: one token for every course and service. */
export const defaultScopes: readonly string[] = Object.values(Scope).filter(
  (scope) => scope !== Scope.noticeHandlers && scope !== Scope.contextGroupReadonly,
);
