import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type FamilyName } from '../families/family.js';
import { type Answer, bearerToken, jsonAnswer, type PlatformRequest } from '../http/http-exchange.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { allScopes, noticeScope } from '../service-constants.js';
import { testingErrors } from '../testing.errors.js';

const TOOL = 'https://purl.imsglobal.org/spec/lti-tool-configuration';
const PLATFORM = 'https://purl.imsglobal.org/spec/lti-platform-configuration';
const CANVAS = 'https://canvas.instructure.com/lti/';

/** How one product registers tools. */
interface RegistrationQuirks {
  readonly configurationPath: string;
  readonly registrationPath: string;
  readonly productFamilyCode: string;
  readonly messages: readonly unknown[];
  readonly variables?: readonly string[];
  /** The token is in the query of the configuration URL as well. */
  readonly tokenInConfigurationUrl?: true;
  readonly deploymentId: 'tool-configuration' | 'none';
  readonly refusals: 'text' | 'canvas' | 'json';
  /** The messages of a tool need placements. */
  readonly needsPlacements?: true;
  /** The host of a tool can be registered once. */
  readonly hasUniqueDomains?: true;
  /** Where the tool's registration URL is shown. */
  readonly shownIn: 'frame' | 'tab';
}

const usual: RegistrationQuirks = {
  configurationPath: '/lti/openid-configuration',
  registrationPath: '/lti/openid-registration',
  productFamilyCode: 'simulated',
  messages: [{ type: 'LtiResourceLinkRequest' }, { type: 'LtiDeepLinkingRequest' }],
  deploymentId: 'tool-configuration',
  refusals: 'json',
  shownIn: 'frame',
};
const quirks: Readonly<Partial<Record<FamilyName, RegistrationQuirks>>> = {
  generic: usual,
  canvas: {
    ...usual,
    configurationPath: '/api/lti/security/openid-configuration',
    registrationPath: '/api/lti/registrations',
    productFamilyCode: 'canvas',
    tokenInConfigurationUrl: true,
    deploymentId: 'none',
    refusals: 'canvas',
    needsPlacements: true,
  },
  moodle: {
    ...usual,
    configurationPath: '/mod/lti/openid-configuration.php',
    registrationPath: '/mod/lti/openid-registration.php',
    productFamilyCode: 'moodle',
    messages: ['LtiResourceLinkRequest', 'LtiDeepLinkingRequest'],
    variables: ['Context.id', 'Context.id.history'],
    refusals: 'text',
  },
  brightspace: { ...usual, productFamilyCode: 'desire2learn', hasUniqueDomains: true, shownIn: 'tab' },
  sakai: { ...usual, productFamilyCode: 'sakailms.org' },
};

const url = z.url({ protocol: /^https?$/ });
const registrationSchema = z.object({
  application_type: z.literal('web'),
  grant_types: z
    .array(z.string())
    .refine((types) => types.includes('client_credentials') && types.includes('implicit')),
  response_types: z.array(z.string()).refine((types) => types.includes('id_token')),
  redirect_uris: z.array(url).min(1),
  initiate_login_uri: url,
  client_name: z.string().min(1),
  jwks_uri: url,
  token_endpoint_auth_method: z.literal('private_key_jwt'),
  scope: z.string().default(''),
  [TOOL]: z.object({
    domain: z.string().regex(/^[^/]+$/, 'has a scheme'),
    target_link_uri: url,
    custom_parameters: z.record(z.string(), z.string()).default({}),
    claims: z.array(z.string()),
    messages: z.array(z.object({ type: z.string(), placements: z.array(z.string()).optional() })).min(1),
  }),
});

/** The openid configuration and the registration endpoint of Dynamic Registration 1.0. A token works once. */
export class DynamicRegistrationRoute implements PlainRoute {
  readonly #platform: PlatformState;
  /** Of the tools that were registered here. Those that a test adds by hand do not count. */
  readonly #domains = new Set<string>();

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    const known = quirksOf(this.#platform);
    return path === known?.configurationPath || path === known?.registrationPath;
  }

  answer(request: PlatformRequest): Answer {
    const known = quirksOf(this.#platform) ?? usual;
    return request.url.pathname === known.configurationPath
      ? this.#configuration(request, known)
      : this.#register(request, known);
  }

  get #scopes(): readonly string[] {
    return this.#platform.family.notices === undefined ? allScopes : [...allScopes, noticeScope];
  }

  #configuration(request: PlatformRequest, known: RegistrationQuirks): Answer {
    const { issuer, authorizationUrl, tokenUrl, tokenAudience, jwksUrl, url: here } = this.#platform;
    const token = request.url.searchParams.get('registration_token');
    if (known.tokenInConfigurationUrl && !this.#platform.registrationTokens.has(token ?? '')) {
      return refusal(known, 401, 'token is missing');
    }
    return jsonAnswer(200, {
      issuer,
      authorization_endpoint: authorizationUrl,
      token_endpoint: tokenUrl,
      jwks_uri: jwksUrl,
      registration_endpoint: here + known.registrationPath,
      authorization_server: known.productFamilyCode === 'canvas' ? new URL(here).host : tokenAudience,
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid', ...this.#scopes],
      claims_supported: ['sub', 'iss', 'name', 'given_name', 'family_name', 'email'],
      [PLATFORM]: {
        product_family_code: known.productFamilyCode,
        version: '1',
        messages_supported: known.messages,
        ...(known.variables && { variables: known.variables }),
      },
    });
  }

  #register({ headers, body }: PlatformRequest, known: RegistrationQuirks): Answer {
    const token = bearerToken(headers) ?? '';
    const ticket = this.#platform.registrationTokens.get(token);
    if (ticket === undefined) return refusal(known, 401, 'Wrong number of segments');
    if (ticket.isUsed) return refusal(known, 401, 'token_already_used');
    const read = registrationSchema.safeParse(jsonOf(body));
    if (!read.success) {
      return refusal(
        known,
        known.refusals === 'canvas' ? 422 : 400,
        read.error.issues.map(({ path }) => path.join('.')).join(', '),
      );
    }
    const { [TOOL]: tool, ...registration } = read.data;
    const without = tool.messages.find(({ placements = [] }) => placements.length === 0);
    if (known.needsPlacements && without !== undefined)
      return refusal(known, 422, `${without.type} has no placements`);
    if (known.hasUniqueDomains && this.#domains.has(tool.domain))
      return refusal(known, 400, `A tool with the domain ${tool.domain} is registered already`);
    const scopes = registration.scope.split(' ').filter((scope) => scope !== '');
    if (scopes.some((scope) => !this.#scopes.includes(scope))) {
      return refusal(known, 422, 'scope is not known');
    }
    ticket.isUsed = true;
    this.#domains.add(tool.domain);
    const clientId = ticket.existingClientId ?? randomUUID();
    this.#platform.addTool({
      clientId,
      jwksUrl: registration.jwks_uri,
      scopes,
      launch: {
        loginUrl: registration.initiate_login_uri,
        redirectUris: registration.redirect_uris,
        targetLinkUri: tool.target_link_uri,
        custom: tool.custom_parameters,
      },
    });
    return jsonAnswer(200, {
      ...registration,
      client_id: clientId,
      scope: ['openid', ...scopes].join(' '),
      ...(known.refusals === 'canvas' && { [`${CANVAS}registration_config_url`]: this.#platform.url }),
      [TOOL]: { ...tool, ...(known.deploymentId === 'tool-configuration' && { deployment_id: '1' }) },
    });
  }
}

/** Whether a product has dynamic registration. */
export function registersTools(family: FamilyName): boolean {
  return quirks[family] !== undefined;
}

/** Where the platform shows the tool's registration URL. */
export function registrationShownIn(platform: PlatformState): 'frame' | 'tab' {
  return (quirksOf(platform) ?? usual).shownIn;
}

/**
 * The URL that the platform opens in the administrator's browser.
 *
 * @throws {Conflict} `simulated_platform_registers_no_tools` for products without dynamic registration
 */
export function registrationStart(
  platform: PlatformState,
  registrationUrl: string,
  existingClientId: string | undefined,
): string {
  const known = quirksOf(platform);
  if (known === undefined) throw testingErrors.registersNoTools(platform.family.name);
  const token = `registration-${randomUUID()}`;
  platform.registrationTokens.set(token, { isUsed: false, existingClientId });
  const configuration = new URL(platform.url + known.configurationPath);
  if (known.tokenInConfigurationUrl) configuration.searchParams.set('registration_token', token);
  const start = new URL(registrationUrl);
  start.searchParams.set('openid_configuration', configuration.href);
  start.searchParams.set('registration_token', token);
  return start.href;
}

function quirksOf({ family }: PlatformState): RegistrationQuirks | undefined {
  return quirks[family.name];
}

/** Moodle answers with plain text, Canvas with `errors` or `errorMessage`. */
function refusal({ refusals }: RegistrationQuirks, status: number, message: string): Answer {
  if (refusals === 'text')
    return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: message };
  if (refusals === 'canvas') {
    return jsonAnswer(status, status === 401 ? { errorMessage: message } : { errors: [{ message }] });
  }
  return jsonAnswer(status, { error: 'invalid_client_metadata', error_description: message });
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
