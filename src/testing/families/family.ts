import { type AcceptRule } from '../http/accept-check.js';
import { type GradebookQuirks } from './gradebook-quirks.js';
import { type LaunchQuirks } from './launch-quirks.js';
import { type LinkStyle, type WindowQuirks } from './paging-quirks.js';
import { type LtiUserIdStyle } from '../memberships/roster.js';
import { type MembershipRefusals, type TokenRefusals } from './refusals.js';
import { type ThrottlingQuirks } from '../throttling/leaky-buckets.js';

/** The products that can be simulated, for `describe.each`. */
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
/** A product that can be simulated. */
export type FamilyName = (typeof familyNames)[number];

/** How one product differs from another. Only data: the end points read it and contain no names of products. */
export interface PlatformFamily {
  readonly name: FamilyName;
  /** The issuer of all customers; the platform's own address by default. */
  readonly issuer?: string;
  /** `named` by default. */
  readonly userIds?: LtiUserIdStyle;
  /** Paths here; `{context}` is the course. */
  readonly paths: {
    readonly authorization: string;
    readonly token: string;
    readonly jwks: string;
    readonly memberships: string;
    readonly lineItems: string;
    /** The path of the required `aud` of a client assertion; the token URL by default. */
    readonly tokenAudience?: string;
  };
  /** The Platform Notification Service; none by default. */
  readonly notices?: NoticeQuirks;
  /** The limit of requests; none by default. */
  readonly throttling?: ThrottlingQuirks;
  readonly token: TokenQuirks;
  readonly memberships: MembershipQuirks;
  /** Course Groups 1.0; the family does not have it by default. */
  readonly groups?: GroupQuirks;
  readonly gradebook: GradebookQuirks;
  readonly launch: LaunchQuirks;
}

export interface NoticeQuirks {
  /** The path of the service, before the deployment. */
  readonly path: string;
  /** The types of notices that a tool can have a handler for. */
  readonly types: readonly string[];
  /** How often a notice is sent again that the tool did not take; never by default. */
  readonly retries?: number;
}

export interface TokenQuirks {
  readonly contentType: string;
  /** `pasted`: JSON written without an encoder, so that a quote inside a value breaks it. */
  readonly layout: 'json' | 'pasted';
  readonly tokenType: 'Bearer' | 'bearer';
  /** `hex`: 32 hexadecimal digits. */
  readonly tokenFormat: 'hex' | 'base64url';
  /** The treatment of a request with both allowed and refused scopes. */
  readonly unknownScopes: 'dropped' | 'refused';
  readonly iatLeewaySeconds: number;
  /** The maximum age of iat; any by default. */
  readonly oldestIatSeconds?: number;
  /** The longest time between iat and exp; any by default. */
  readonly longestAssertionSeconds?: number;
  /** Whether a key without `alg` is fetched for every token. */
  readonly refetchesKeysWithoutAlg: boolean;
  readonly refusals: TokenRefusals;
}

export interface MembershipQuirks {
  readonly contentType: string;
  readonly accept: AcceptRule;
  readonly paging: PagingQuirks;
  readonly filtersByRole: boolean;
  /** `refused`: a query with a resource link is refused. */
  readonly filtersByResourceLink: boolean | 'refused';
  readonly roleNames: 'short' | 'uri';
  /** `active-only`: members who are not active are absent; `omitted`: the same, and no member has a status. */
  readonly statuses: 'all' | 'active-only' | 'omitted';
  readonly fields: readonly MemberField[];
  /** Fields that are an empty string instead of being absent. */
  readonly emptyFields: readonly MemberField[];
  /** `html`: names are HTML, so `&` is `&amp;`; names in a launch are not. */
  readonly names?: 'text' | 'html';
  readonly sections: 'sections' | 'sakai_ext' | 'none';
  readonly emptyPage: 'container' | 'empty-body';
  /** `php`: slashes and everything outside ASCII escaped. */
  readonly jsonEscapes: 'none' | 'php';
  /** A roster with more members than this is refused. */
  readonly largestRoster?: number;
  readonly offersDifferences: boolean;
  readonly linkStyle: LinkStyle;
  readonly refusals: MembershipRefusals;
}

/** The groups of a course. Refusals are those of the memberships. */
export interface GroupQuirks {
  /** `{context}` is the course. */
  readonly paths: { readonly groups: string; readonly groupSets?: string };
  readonly accept: AcceptRule;
  readonly paging: WindowQuirks;
}

export interface PagingQuirks extends WindowQuirks {
  /** Whether the next link keeps the role filter. */
  readonly nextKeepsRole: boolean;
  /** Whether a full last page links to an empty one, and the last page of several to itself. */
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
