import { type MembershipQuirks } from './family.js';
import { membershipMediaType } from '../service-constants.js';
import { type MembershipRefusals, type ServiceRefusal } from './refusals.js';

const unauthorized = {
  status: 401,
  body: 'oauth',
  headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
} as const;

/** The refusals of RFC 6750 3, which families change where their product differs. */
export const bearerRefusals: MembershipRefusals = {
  wrong_method: {
    status: 405,
    body: 'oauth',
    message: 'Memberships are read with GET.',
    headers: { allow: 'GET' },
  },
  missing_bearer: {
    status: 401,
    body: 'oauth',
    message: 'A bearer token is needed.',
    headers: { 'www-authenticate': 'Bearer' },
  },
  unknown_token: { ...unauthorized, message: 'This platform did not issue the token.' },
  expired_token: { ...unauthorized, message: 'The token has expired.' },
  key_off: { ...unauthorized, message: 'The client is switched off.' },
  tool_withdrawn: { ...unauthorized, message: 'The tool is not available in this course.' },
  insufficient_scope: {
    status: 403,
    body: 'oauth',
    message: 'The token lacks the scope of the service.',
    headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' },
  },
  not_acceptable: {
    status: 406,
    body: 'oauth',
    message: 'Accept must name the media type of membership containers.',
  },
  unknown_course: { status: 404, body: 'oauth', message: 'The platform does not have this course.' },
  unknown_resource_link: {
    status: 404,
    body: 'oauth',
    message: 'This course does not have the resource link.',
  },
  bad_paging: {
    status: 400,
    body: 'oauth',
    message: 'A paging parameter is wrong, or is sent together with an opaque one.',
  },
  roster_too_large: {
    status: 403,
    body: 'explained',
    message: 'The course has more users than may be asked for.',
  },
};

/** A memberships service by NRPS 2.0, as most families have it. Each family says how it pages. */
export const membershipDefaults: Omit<MembershipQuirks, 'paging'> = {
  contentType: `${membershipMediaType}; charset=utf-8`,
  accept: 'any',
  filtersByRole: true,
  filtersByResourceLink: true,
  roleNames: 'uri',
  statuses: 'all',
  fields: ['status', 'user_id', 'lis_person_sourcedid', 'name', 'given_name', 'family_name', 'email'],
  emptyFields: [],
  sections: 'none',
  emptyPage: 'container',
  jsonEscapes: 'none',
  offersDifferences: false,
  linkStyle: { rel: 'quoted', ampersand: 'plain' },
  refusals: bearerRefusals,
};

/** The same refusals with another form of the body, without the headers of RFC 6750. */
export function inTheWordsOf<Refusals extends Readonly<Record<string, ServiceRefusal>>>(
  body: ServiceRefusal['body'],
  refusals: Refusals,
): Refusals {
  const entries: [string, ServiceRefusal][] = Object.entries(refusals);
  const rewritten = entries.map(([reason, { status, message }]) => [reason, { status, message, body }]);
  return Object.fromEntries(rewritten) as Refusals;
}
