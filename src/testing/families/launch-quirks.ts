import { type JsonTemplate } from '../launch/json-template.js';

/** How one make of LMS launches. Only data, like the rest of a family. */
export interface LaunchQuirks {
  /** How the login initiation comes. */
  readonly loginMethod: 'GET' | 'POST';
  readonly sendsClientId: boolean;
  /** Under which name the login initiation tells the deployment. */
  readonly deploymentParameter: DeploymentParameter;
  /** `json`: an object as text, with quotes and braces. `jwt`: signed. */
  readonly messageHint: 'json' | 'jwt' | 'opaque';
  /** Whether a hint is good for one authorization only. */
  readonly singleUseHint: boolean;
  /** The frame that keeps what a tool puts there by postMessage; `_parent` is the page itself. None where not given. */
  readonly storageTarget?: string;
  readonly idTokenLifeSeconds: number;
  readonly audience: 'string' | 'list';
  readonly hasAzp: boolean;
  /** `tool_platform`; without it nothing tells the product. */
  readonly toolPlatform?: JsonTemplate;
  readonly contextType: string;
  readonly nrpsVersions: readonly string[];
  /** Roles in the school and in the system that everybody has, learners and others. */
  readonly rolesBeside: { readonly learner: readonly string[]; readonly other: readonly string[] };
  /** Whether the names of the tool's custom parameters lose their capital letters. */
  readonly customNames?: 'lower-cased';
  /** Besides those of the tool. Null stands where the platform has nothing to put. */
  readonly custom: Readonly<Record<string, JsonTemplate>>;
  /** Claims of its own, by name. */
  readonly extraClaims: Readonly<Record<string, JsonTemplate>>;
  /** Those that only launches of a resource link have. */
  readonly linkClaims: Readonly<Record<string, JsonTemplate>>;
  readonly presentation: { readonly returnPath: string; readonly width?: number; readonly height?: number };
  readonly deepLinking: DeepLinkingQuirks;
  /** `prefixed`: users, courses and links had other ids in LTI 1.1. */
  readonly lti11Ids: 'same' | 'prefixed';
}

export type DeploymentParameter = 'lti_deployment_id' | 'deployment_id' | 'none';

export interface DeepLinkingQuirks {
  readonly returnPath: string;
  /** Further settings as they are sent. */
  readonly settings: JsonTemplate;
}
