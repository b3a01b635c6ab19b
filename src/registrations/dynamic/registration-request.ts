import { defaultScopes, Scope } from '../../common/scopes.js';
import { type PlatformFamily } from '../platform-family.js';
import { type PlatformConfiguration } from './platform-configuration.js';

/** How much of users a platform shares with the tool. */
export type PrivacyLevel = 'public' | 'name_only' | 'email_only' | 'anonymous';

/** The tool, as platforms and their administrators see it. URLs are absolute. */
export interface ToolProfile {
  name: string;
  description?: string | undefined;
  loginUrl: string;
  launchUrl: string;
  jwksUrl: string;
  logoUrl?: string | undefined;
  clientUrl?: string | undefined;
  policyUrl?: string | undefined;
  termsUrl?: string | undefined;
  contacts: readonly string[];
  privacyLevel: PrivacyLevel;
}

/** What the tool sends to the `registration_endpoint` (Dynamic Registration 1.0, 3.5). */
export interface RegistrationRequest {
  /** The tool's name, as administrators of the platform see it. */
  client_name: string;
  /** Space-separated. */
  scope: string;
  /** The tool configuration of LTI. */
  [TOOL_CONFIGURATION]: ToolConfiguration;
  /** Other members, of OpenID Connect Dynamic Registration or of the platform. */
  [member: string]: unknown;
}

/** The tool configuration of LTI in a registration request (Dynamic Registration 1.0, 3.5). */
export interface ToolConfiguration {
  /** The tool's host, without a scheme. */
  domain: string;
  /** The launch URL of links that have none of their own. */
  target_link_uri: string;
  /** Custom parameters of every launch. A value may be a variable, such as `$Context.id.history`. */
  custom_parameters: Record<string, string>;
  /** Claims that the tool asks for, such as `email`. */
  claims: string[];
  /** The messages that the tool accepts. */
  messages: ToolMessage[];
  /** Members of the platform, named by URLs. */
  [member: string]: unknown;
}

/** One type of message that the tool accepts, and its placements (Dynamic Registration 1.0, 3.5). */
export interface ToolMessage {
  /** Such as `LtiResourceLinkRequest`. */
  type: string;
  /** Default: that of the tool configuration. */
  target_link_uri?: string;
  /** The text of the menu entry or button at the platform. */
  label?: string;
  /** Places in the platform's pages, such as `ContentArea`. */
  placements?: string[];
  /** Members of the platform, named by URLs. */
  [member: string]: unknown;
}

/**
 * Changes the request to a platform before it is sent. Throws to refuse the registration.
 *
 * @example
 * const hook: RegistrationRequestHook = (request, platform) =>
 *   platform.platformFamily === 'canvas' ? { ...request, client_name: 'Quiz (Canvas)' } : request;
 */
export type RegistrationRequestHook = (
  request: RegistrationRequest,
  platform: PlatformConfiguration,
) => RegistrationRequest | Promise<RegistrationRequest>;

export const TOOL_CONFIGURATION = 'https://purl.imsglobal.org/spec/lti-tool-configuration';
/** What the names of Canvas' own members and placements begin with. */
export const CANVAS_EXTENSION = 'https://canvas.instructure.com/lti/';

/** How the request to one product differs from that to others. */
interface FamilyShape {
  /** Placements of the message by which a user picks content. */
  deepLinkingPlacements: readonly string[];
  /** Placements of the message of a link. */
  linkPlacements: readonly string[];
  /** Custom parameters that the platform takes although it does not list their variables. */
  unlistedParameters: Readonly<Record<string, string>>;
  /** Members of each message. */
  messageExtensions: Readonly<Record<string, unknown>>;
  /** Members of the tool configuration. */
  toolExtensions: (tool: ToolProfile) => Record<string, unknown>;
}

const plain: FamilyShape = {
  deepLinkingPlacements: ['ContentArea'],
  linkPlacements: [],
  unlistedParameters: {},
  messageExtensions: {},
  toolExtensions: () => ({}),
};

const shapes: Readonly<Partial<Record<PlatformFamily, FamilyShape>>> = {
  // It answers 422 where a message has no placements.
  canvas: {
    deepLinkingPlacements: [`${CANVAS_EXTENSION}assignment_selection`, `${CANVAS_EXTENSION}link_selection`],
    linkPlacements: [`${CANVAS_EXTENSION}course_navigation`],
    // Canvas lists variables for some placements only.
    unlistedParameters: { canvas_user_id: '$Canvas.user.id' },
    // Off in the menus of courses until a teacher turns it on.
    messageExtensions: { [`${CANVAS_EXTENSION}course_navigation/default_enabled`]: false },
    toolExtensions: ({ privacyLevel }) => ({ [`${CANVAS_EXTENSION}privacy_level`]: privacyLevel }),
  },
};

/** Where a copied course or link came from. Platforms leave a variable that they do not know as it is. */
const HISTORY_PARAMETERS = {
  context_id_history: '$Context.id.history',
  resource_link_id_history: '$ResourceLink.id.history',
};
const CLAIMS: Readonly<Record<PrivacyLevel, readonly string[]>> = {
  public: ['name', 'given_name', 'family_name', 'email'],
  name_only: ['name', 'given_name', 'family_name'],
  email_only: ['email'],
  anonymous: [],
};
const MESSAGE_TYPES = ['LtiResourceLinkRequest', 'LtiDeepLinkingRequest'] as const;

/** The registration of the tool at a platform, with only what the platform offers. */
export function registrationRequest(platform: PlatformConfiguration, tool: ToolProfile): RegistrationRequest {
  const shape = shapes[platform.platformFamily] ?? plain;
  const url = new URL(tool.launchUrl);
  return {
    application_type: 'web',
    grant_types: ['client_credentials', 'implicit'],
    response_types: ['id_token'],
    redirect_uris: [tool.launchUrl],
    initiate_login_uri: tool.loginUrl,
    client_name: tool.name,
    jwks_uri: tool.jwksUrl,
    token_endpoint_auth_method: 'private_key_jwt',
    ...present({
      logo_uri: tool.logoUrl,
      client_uri: tool.clientUrl,
      policy_uri: tool.policyUrl,
      tos_uri: tool.termsUrl,
      contacts: tool.contacts.length === 0 ? undefined : [...tool.contacts],
    }),
    scope: scopesFor(platform).join(' '),
    [TOOL_CONFIGURATION]: {
      // Without a scheme: Canvas refuses one.
      domain: url.host,
      target_link_uri: tool.launchUrl,
      ...present({ description: tool.description }),
      custom_parameters: { ...shape.unlistedParameters, ...historyParameters(platform.variables) },
      claims: ['iss', 'sub', ...listedOf(CLAIMS[tool.privacyLevel], platform.claims)],
      messages: listedOf(MESSAGE_TYPES, platform.messageTypes).map((type) => message(type, tool, shape)),
      ...shape.toolExtensions(tool),
    },
  };
}

function message(type: string, tool: ToolProfile, shape: FamilyShape): ToolMessage {
  const placements = type === 'LtiDeepLinkingRequest' ? shape.deepLinkingPlacements : shape.linkPlacements;
  return {
    type,
    target_link_uri: tool.launchUrl,
    label: tool.name,
    ...present({ icon_uri: tool.logoUrl, placements: placements.length === 0 ? undefined : [...placements] }),
    ...shape.messageExtensions,
  };
}

/** @param listed undefined if the platform lists none: then all are asked for */
function listedOf(wanted: readonly string[], listed: readonly string[] | undefined): string[] {
  return listed === undefined ? [...wanted] : wanted.filter((name) => listed.includes(name));
}

/** That of notices only if the platform lists it: others refuse the whole request for a scope that they do not know. */
function scopesFor({ scopes }: PlatformConfiguration): string[] {
  const wanted = listedOf(defaultScopes, scopes);
  return scopes?.includes(Scope.noticeHandlers) ? [...wanted, Scope.noticeHandlers] : wanted;
}

function historyParameters(variables: readonly string[] | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(HISTORY_PARAMETERS).filter(
      ([, variable]) => variables === undefined || variables.includes(variable.slice(1)),
    ),
  );
}

function present(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
