import { type AcceptRule } from '../http/accept-check.js';
import { type GradebookQuirks } from './gradebook-quirks.js';
import { type LaunchQuirks } from './launch-quirks.js';
import { type LinkStyle, type WindowQuirks } from './paging-quirks.js';
import { type LtiUserIdStyle } from '../memberships/roster.js';
import { type MembershipRefusals, type TokenRefusals } from './refusals.js';
import { type ThrottlingQuirks } from '../throttling/leaky-buckets.js';

export const familyNames = [
  'generic',
  'moodle',
  'canvas',
  'sakai',
  'openedx',
  'brightspace',
  'blackboard',
  'schoology',
] as const;
export type FamilyName = (typeof familyNames)[number];

/** How one make of LMS differs from the next. Only data: the endpoints read it and have no names of LMSs in them. */
export interface PlatformFamily {
  readonly name: FamilyName;
  /** The issuer where one serves all customers; the platform's own address where not given. */
  readonly issuer?: string;
  /** `named` where not given. */
  readonly userIds?: LtiUserIdStyle;
  /** Paths here; `{context}` is the course. */
  readonly paths: {
    readonly authorization: string;
    readonly token: string;
    readonly jwks: string;
    readonly memberships: string;
    readonly lineItems: string;
    /** What `aud` of a client assertion has to be, as a path here; the token URL where not given. */
    readonly tokenAudience?: string;
  };
  /** How many requests it takes; any number where not given. */
  readonly throttling?: ThrottlingQuirks;
  readonly token: TokenQuirks;
  readonly memberships: MembershipQuirks;
  readonly gradebook: GradebookQuirks;
  readonly launch: LaunchQuirks;
}

export interface TokenQuirks {
  readonly contentType: string;
  /** `pasted`: JSON put together by hand, where a quote inside a value breaks it. */
  readonly layout: 'json' | 'pasted';
  readonly tokenType: 'Bearer' | 'bearer';
  /** `hex`: 32 hexadecimal digits. */
  readonly tokenFormat: 'hex' | 'base64url';
  /** What happens to a request that names a scope the tool may not have, among others that it may. */
  readonly unknownScopes: 'dropped' | 'refused';
  readonly iatLeewaySeconds: number;
  /** The oldest iat that is taken; any where not given. */
  readonly oldestIatSeconds?: number;
  /** The longest time between iat and exp; any where not given. */
  readonly longestAssertionSeconds?: number;
  /** Whether a key without `alg` is never taken from what was fetched before. */
  readonly refetchesKeysWithoutAlg: boolean;
  readonly refusals: TokenRefusals;
}

export interface MembershipQuirks {
  readonly contentType: string;
  readonly accept: AcceptRule;
  readonly paging: PagingQuirks;
  readonly filtersByRole: boolean;
  /** `refused`: a query that names one is refused. */
  readonly filtersByResourceLink: boolean | 'refused';
  readonly roleNames: 'short' | 'uri';
  /** `active-only`: who is not active just disappears; `omitted`: so too, and nobody has a status. */
  readonly statuses: 'all' | 'active-only' | 'omitted';
  readonly fields: readonly MemberField[];
  /** Fields that are an empty string rather than absent. */
  readonly emptyFields: readonly MemberField[];
  /** `html`: names have passed through HTML formatting, so that `&` is `&amp;`; those of a launch have not. */
  readonly names?: 'text' | 'html';
  readonly sections: 'sections' | 'sakai_ext' | 'none';
  readonly emptyPage: 'container' | 'empty-body';
  /** `php`: slashes and everything outside ASCII escaped. */
  readonly jsonEscapes: 'none' | 'php';
  /** More members than this are refused as a whole. */
  readonly largestRoster?: number;
  readonly offersDifferences: boolean;
  readonly linkStyle: LinkStyle;
  readonly refusals: MembershipRefusals;
}

export interface PagingQuirks extends WindowQuirks {
  /** Whether the next link keeps the role filter. */
  readonly nextKeepsRole: boolean;
  /** Whether a full last page leads to an empty one, and the last page of several to itself. */
  readonly isEndless?: boolean;
}

/** A member's fields as they are named in NRPS. */
export type MemberField =
  | 'status'
  | 'user_id'
  | 'lis_person_sourcedid'
  | 'name'
  | 'given_name'
  | 'family_name'
  | 'email'
  | 'picture'
  | 'ext_user_username'
  | 'lti11_legacy_user_id';
