import { z } from 'zod';
import { isStorable } from '../../common/storable-text.js';
import { textSchema, urlSchema } from '../../common/text.schema.js';
import { UnsafeUrl } from '../../common/url-policy.errors.js';
import { type UrlPolicy } from '../../common/url-policy.js';
import { type IdTokenAlgorithm, idTokenAlgorithmSchema } from '../id-token-algorithm.js';
import { familyOfProduct, type PlatformFamily } from '../platform-family.js';
import { createRegistrationSchema } from '../registration.schema.js';
import { dynamicRegistrationErrors } from './dynamic-registration.errors.js';

/** The openid configuration of a platform (Dynamic Registration 1.0, 3.3). */
export interface PlatformConfiguration {
  /** On the host that the configuration was fetched from. */
  issuer: string;
  /** `authorization_endpoint`: the browser goes there in each login. */
  authorizationUrl: string;
  /** `token_endpoint`: the tool requests access tokens there. */
  tokenUrl: string;
  /** `jwks_uri`: the platform's key set. */
  jwksUrl: string;
  /** `registration_endpoint`: the tool sends its registration there. */
  registrationUrl: string;
  /** `aud` of client assertions, if it is not the token URL. */
  tokenAudience: string | null;
  /** RS256 if the platform lists it, or lists nothing. */
  idTokenAlgorithm: IdTokenAlgorithm;
  /** Undefined if the platform does not list them. */
  scopes: readonly string[] | undefined;
  /** Undefined if the platform does not list them. */
  claims: readonly string[] | undefined;
  /** By `product_family_code`; `generic` for an unknown product. */
  platformFamily: PlatformFamily;
  /** `product_family_code` and `version`, as the platform sent them. */
  product: { code: string | undefined; version: string | undefined };
  /** The types of messages that it sends. Undefined if the platform does not list them. */
  messageTypes: readonly string[] | undefined;
  /** The placements that it lists, with the messages or beside them. */
  placements: readonly string[];
  /** The names of variables without `$`. Undefined if the platform does not list them. */
  variables: readonly string[] | undefined;
}

const PLATFORM_CONFIGURATION = 'https://purl.imsglobal.org/spec/lti-platform-configuration';
/** The `aud` of assertions at Brightspace, for all customers. */
const BRIGHTSPACE_AUDIENCE = 'https://api.brightspace.com/auth/token';
const MAX_LIST = 1000;

/** The texts of a list; other entries are left out. Moodle has sent numbers as keys of its lists, so an object counts too. */
const texts = z.preprocess(
  (value) => (typeof value === 'object' && value !== null ? Object.values(value) : undefined),
  z.array(z.unknown()).optional(),
);
const textsOf = (list: readonly unknown[] | undefined): string[] | undefined =>
  list?.filter((entry): entry is string => typeof entry === 'string' && isStorable(entry)).slice(0, MAX_LIST);

const optionalText = textSchema(2048).optional().catch(undefined);
const required = (schema: z.ZodType<string>) =>
  z.preprocess((value) => (typeof value === 'string' ? value.trim() : (value ?? undefined)), schema);

const configurationSchema = z.object({
  issuer: required(textSchema(1024)),
  authorization_endpoint: required(urlSchema),
  token_endpoint: required(urlSchema),
  jwks_uri: required(urlSchema),
  registration_endpoint: required(urlSchema),
  authorization_server: optionalText,
  id_token_signing_alg_values_supported: texts,
  scopes_supported: texts,
  claims_supported: texts,
  [PLATFORM_CONFIGURATION]: z
    .object({
      product_family_code: optionalText,
      version: optionalText,
      messages_supported: texts,
      placements: texts,
      variables: texts,
    })
    .catch({}),
});

/** A message as an object, as the specification has it, or as text: some versions of Moodle send texts. */
const messageSchema = z.union([
  z.string().transform((type) => ({ type, placements: undefined })),
  z.object({ type: z.string(), placements: texts }),
]);

/**
 * Reads the openid configuration of a platform. `null` is the same as a missing member, and entries of lists that cannot be
 * read are left out.
 *
 * @param body the answer of the platform
 * @param configurationUrl where it was fetched from: the issuer has to be on the same host
 * @throws {PlatformAnswerInvalid} `registration_configuration_invalid`, `registration_issuer_mismatch`
 * @throws {UnsafeUrl} `unsafe_url` for an endpoint that may not be called
 */
export function readPlatformConfiguration(
  body: string,
  configurationUrl: URL,
  policy: UrlPolicy,
): PlatformConfiguration {
  const result = configurationSchema.safeParse(jsonOf(body));
  if (!result.success) {
    const fields = [...new Set(result.error.issues.map(({ path }) => String(path[0] ?? 'the whole answer')))];
    throw dynamicRegistrationErrors.configurationInvalid(fields);
  }
  const read = result.data;
  checkIssuer(read.issuer, configurationUrl);
  const endpoints = {
    authorization_endpoint: read.authorization_endpoint,
    token_endpoint: read.token_endpoint,
    jwks_uri: read.jwks_uri,
    registration_endpoint: read.registration_endpoint,
  };
  for (const [name, url] of Object.entries(endpoints)) checkEndpoint(name, url, policy);
  const platform = read[PLATFORM_CONFIGURATION];
  const platformFamily = familyOfProduct(platform.product_family_code ?? '') ?? 'generic';
  const messages = (platform.messages_supported ?? []).flatMap((entry) => {
    const message = messageSchema.safeParse(entry);
    return message.success ? [message.data] : [];
  });
  return {
    issuer: read.issuer,
    authorizationUrl: endpoints.authorization_endpoint,
    tokenUrl: endpoints.token_endpoint,
    jwksUrl: endpoints.jwks_uri,
    registrationUrl: endpoints.registration_endpoint,
    tokenAudience: audienceOf(platformFamily, read.authorization_server, endpoints.token_endpoint),
    idTokenAlgorithm: algorithmOf(textsOf(read.id_token_signing_alg_values_supported)),
    scopes: textsOf(read.scopes_supported),
    claims: textsOf(read.claims_supported),
    platformFamily,
    product: { code: platform.product_family_code, version: platform.version },
    messageTypes: platform.messages_supported && messages.map(({ type }) => type),
    placements: [
      ...new Set([
        ...messages.flatMap(({ placements }) => textsOf(placements) ?? []),
        ...(textsOf(platform.placements) ?? []),
      ]),
    ],
    variables: textsOf(platform.variables)?.map((name) => name.replace(/^\$/, '')),
  };
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Not `cause`: its message quotes the answer.
    throw dynamicRegistrationErrors.configurationInvalid(['the whole answer, which is not JSON']);
  }
}

/**
 * Without this, a page of one host could register itself as the issuer of another one. The host, and not the origin: the path and
 * the port of a configuration may differ from the issuer's.
 */
function checkIssuer(issuer: string, configurationUrl: URL): void {
  const isIssuer = createRegistrationSchema.shape.issuer.safeParse(issuer).success;
  const host = isIssuer ? new URL(issuer).hostname : undefined;
  if (host === configurationUrl.hostname) return;
  throw dynamicRegistrationErrors.issuerMismatch(host ?? 'no host', configurationUrl.hostname);
}

function checkEndpoint(name: string, url: string, policy: UrlPolicy): void {
  try {
    policy.check(url);
  } catch (error) {
    if (!(error instanceof UnsafeUrl)) throw error;
    throw new UnsafeUrl(error.reason, `${name} of the openid configuration: ${error.message}`);
  }
}

/** At Canvas `authorization_server` is a bare host, and its token endpoint wants its exact URL as `aud`. */
function audienceOf(
  family: PlatformFamily,
  authorizationServer: string | undefined,
  tokenUrl: string,
): string | null {
  if (family === 'canvas') return null;
  const audience = authorizationServer ?? (family === 'brightspace' ? BRIGHTSPACE_AUDIENCE : undefined);
  return audience === undefined || audience === tokenUrl ? null : audience;
}

/** RS256, which all platforms use, unless the platform lists others only. */
function algorithmOf(listed: readonly string[] | undefined): IdTokenAlgorithm {
  if (listed === undefined || listed.includes('RS256')) return 'RS256';
  const known = listed.map((name) => idTokenAlgorithmSchema.safeParse(name)).find(({ success }) => success);
  return known?.data ?? 'RS256';
}
