import { type MembershipRefusals, type ServiceRefusal } from './refusals.js';

const unauthorized = {
  status: 401,
  body: 'oauth',
  headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
} as const;

/** Refusals as RFC 6750 3 has them: what families begin with. */
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
  unknown_token: { ...unauthorized, message: 'The token is not one of ours.' },
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
  unknown_course: { status: 404, body: 'oauth', message: 'There is no such course.' },
  unknown_resource_link: {
    status: 404,
    body: 'oauth',
    message: 'There is no such resource link in this course.',
  },
  bad_paging: {
    status: 400,
    body: 'oauth',
    message: 'A paging parameter is wrong, or stands beside an opaque one.',
  },
  roster_too_large: {
    status: 403,
    body: 'explained',
    message: 'The course has more users than may be asked for.',
  },
};

/** The same refusals put in another way, without the headers of RFC 6750. */
export function inTheWordsOf<Refusals extends Readonly<Record<string, ServiceRefusal>>>(
  body: ServiceRefusal['body'],
  refusals: Refusals,
): Refusals {
  const entries: [string, ServiceRefusal][] = Object.entries(refusals);
  const rewritten = entries.map(([reason, { status, message }]) => [reason, { status, message, body }]);
  return Object.fromEntries(rewritten) as Refusals;
}
