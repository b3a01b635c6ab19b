import { type JsonTemplate } from '../launch/json-template.js';
import { type ServiceRefusal } from './refusals.js';

/** How a product launches. Only data. */
export interface LaunchQuirks {
  /** The method of the login initiation. */
  readonly loginMethod: 'GET' | 'POST';
  readonly sendsClientId: boolean;
  /** The parameter of the login initiation for the deployment. */
  readonly deploymentParameter: DeploymentParameter;
  /** `json`: an object as text, with quotes and braces. `jwt`: signed. */
  readonly messageHint: 'json' | 'jwt' | 'opaque';
  /** Whether a hint is valid for one authorization only. */
  readonly singleUseHint: boolean;
  /** The frame that stores the data of tools by postMessage; `_parent` is the page itself. No storage by default. */
  readonly storageTarget?: string;
  readonly idTokenLifeSeconds: number;
  readonly audience: 'string' | 'list';
  readonly hasAzp: boolean;
  /** `tool_platform`; without it no claim names the product. */
  readonly toolPlatform?: JsonTemplate;
  readonly contextType: string;
  readonly nrpsVersions: readonly string[];
  /** Additional roles of learners and of others, in the school and in the system. */
  readonly rolesBeside: { readonly learner: readonly string[]; readonly other: readonly string[] };
  /** Whether the names of the tool's custom parameters lose their capital letters. */
  readonly customNames?: 'lower-cased';
  /** The variables of copied courses and links that it expands. */
  readonly historyVariables: readonly HistoryVariable[];
  /** Custom parameters besides those of the tool. Null for a missing value. */
  readonly custom: Readonly<Record<string, JsonTemplate>>;
  /** The platform's own claims, by name. */
  readonly extraClaims: Readonly<Record<string, JsonTemplate>>;
  /** The platform's own claims that only launches of a resource link have. */
  readonly linkClaims: Readonly<Record<string, JsonTemplate>>;
  readonly presentation: { readonly returnPath: string; readonly width?: number; readonly height?: number };
  readonly deepLinking: DeepLinkingQuirks;
  /** `prefixed`: users, courses and links had other ids in LTI 1.1. */
  readonly lti11Ids: 'same' | 'prefixed';
}

export type HistoryVariable = '$Context.id.history' | '$ResourceLink.id.history';

export type DeploymentParameter = 'lti_deployment_id' | 'deployment_id' | 'none';

export interface DeepLinkingQuirks {
  readonly returnPath: string;
  /** The parameter of the return URL that names the launch. A tool must not alter it. `launch` by default. */
  readonly launchParameter?: string;
  /** Further settings as they are sent. */
  readonly settings: Readonly<Record<string, JsonTemplate>>;
  /** The places where a teacher opens a tool to pick content, if the product says them. */
  readonly placements?: PlacementQuirks;
  /** `unusable-link`: a response without a resource link, also a cancel, is stored as a link that cannot be launched. */
  readonly withoutResourceLink?: 'nothing' | 'unusable-link';
  /** The answer to a response that is refused; an HTML page with status 400 by default. `{detail}` is what is wrong. */
  readonly refusal?: ServiceRefusal;
}

export interface PlacementQuirks {
  /** The claim with the name of the placement. */
  readonly claim: string;
  /** The parameter of the return URL with the name of the placement. */
  readonly returnParameter: string;
  /** The placement of a launch without one. */
  readonly default: string;
  /** The settings of each placement, by its name. They replace those of all. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, JsonTemplate>>>>;
  /** The placements where a line item becomes a column. Elsewhere it is ignored. */
  readonly withLineItems: readonly string[];
}
