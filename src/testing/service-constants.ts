const spec = 'https://purl.imsglobal.org/spec';

export const nrpsScope = `${spec}/lti-nrps/scope/contextmembership.readonly`;

/** The scope of Course Groups 1.0. */
export const groupScope = `${spec}/lti-gs/scope/contextgroup.readonly`;
export const groupMediaType = 'application/vnd.ims.lti-gs.v1.contextgroupcontainer+json';
export const groupSetMediaType = 'application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json';

/** The scopes of a tool by default: the five of AGS 2.0 and NRPS 2.0. */
export const allScopes: readonly string[] = [
  `${spec}/lti-ags/scope/lineitem`,
  `${spec}/lti-ags/scope/lineitem.readonly`,
  `${spec}/lti-ags/scope/result.readonly`,
  `${spec}/lti-ags/scope/score`,
  nrpsScope,
];

/** The scope of the Platform Notification Service. */
export const noticeScope = `${spec}/lti/scope/noticehandlers`;

export const membershipMediaType = 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json';
export const membershipRole = 'http://purl.imsglobal.org/vocab/lis/v2/membership';

export const agsScopes = {
  lineItem: `${spec}/lti-ags/scope/lineitem`,
  lineItemReadonly: `${spec}/lti-ags/scope/lineitem.readonly`,
  resultReadonly: `${spec}/lti-ags/scope/result.readonly`,
  score: `${spec}/lti-ags/scope/score`,
};

export const lineItemMediaType = 'application/vnd.ims.lis.v2.lineitem+json';
export const lineItemContainerMediaType = 'application/vnd.ims.lis.v2.lineitemcontainer+json';
export const resultContainerMediaType = 'application/vnd.ims.lis.v2.resultcontainer+json';
export const scoreMediaType = 'application/vnd.ims.lis.v1.score+json';

/** Canvas' extension of scores: whether one is a new attempt. */
export const canvasSubmission = 'https://canvas.instructure.com/lti/submission';
