import { isDeepStrictEqual } from 'node:util';
import { type z } from 'zod';
import { VERSION } from '../common/version.js';
import { type LtiConfig, ltiConfigSchema } from '../config/lti-config.js';
import { optionVariables } from '../config/option-variables.js';
import { type Setting, type SettingsView } from './settings.schema.js';

/** The options whose text is shown. That of every other one is masked, so a new option is masked until it is named here. */
const TEXTS = new Set([
  ...['tokenStore.type', 'tokenStore.keyPrefix', 'jobs.backend', 'jobs.keyPrefix'],
  ...['courseSync.every', 'courseSync.archiveAfter', 'toolKeys.rotateEvery'],
  ...['launch.deployments', 'launch.anonymous', 'launch.codeIn'],
  ...['dynamicRegistration.toolName', 'dynamicRegistration.toolDescription'],
  ...['dynamicRegistration.contacts', 'dynamicRegistration.privacyLevel', 'platformHttp.allowedPrivateHosts'],
]);
/** The options with URLs, which are shown without their login, query and fragment. */
const URLS = new Set([
  ...['publicUrl', 'database.url', 'database.directUrl', 'tokenStore.url', 'jobs.url', 'launch.toolUrls'],
  ...['dynamicRegistration.logoUrl', 'dynamicRegistration.clientUrl'],
  ...['dynamicRegistration.policyUrl', 'dynamicRegistration.termsUrl'],
]);
const DURATION =
  /^(?:retention\.\w+|\w+\.(?:every|archiveAfter|keepFor|sessionFor|rotateEvery|signAfter|margin|localTtl))$/;
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** The page of the documentation, by the first part of the name. */
const DOCS: Readonly<Record<string, string>> = {
  accessTokens: 'docs/tokens.md',
  tokenStore: 'docs/tokens.md',
  courseSync: 'docs/syncs.md',
  gradePassback: 'docs/grades.md',
  launch: 'docs/launches.md',
  dynamicRegistration: 'docs/registration.md',
  retention: 'docs/privacy.md',
};

/** Every option with its value, or masked. What is masked is never read as text. */
export function viewSettings(config: LtiConfig): SettingsView {
  const defaults = valuesOf(
    ltiConfigSchema.parse({
      publicUrl: 'http://localhost',
      database: { url: 'postgres://localhost' },
      encryptionKeys: `default:${'A'.repeat(43)}=`,
    }),
  );
  const values = valuesOf(config);
  const names = [...new Set([...Object.keys(ltiConfigSchema.shape).flatMap(namesOf), ...values.keys()])];
  const settings = names
    // An object with values of its own is in the list by those.
    .filter((name) => values.has(name) || !names.some((other) => other.startsWith(`${name}.`)))
    .map((name) => viewSetting(name, values.get(name), defaults.get(name)));
  return { version: VERSION, settings };
}

function viewSetting(name: string, value: unknown, byDefault: unknown): Setting {
  const shown = shownValue(name, value);
  return {
    name,
    variable: optionVariables[name] ?? null,
    value: shown ?? null,
    isMasked: value !== undefined && shown === undefined,
    isDefault: !REQUIRED.has(name) && isDeepStrictEqual(value, byDefault),
    docs: DOCS[name.split('.')[0] ?? ''] ?? 'docs/service.md',
  };
}

const REQUIRED = new Set(['publicUrl', 'database.url', 'encryptionKeys']);

/** Undefined if there is none, or if it may be a secret. */
function shownValue(name: string, value: unknown): Exclude<Setting['value'], null> | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return DURATION.test(name) ? durationText(value) : value;
  const text = URLS.has(name) ? bareUrl : TEXTS.has(name) ? plainText : () => undefined;
  if (!Array.isArray(value)) return text(value);
  const texts = value.map(text);
  return texts.every((one) => one !== undefined) && (URLS.has(name) || TEXTS.has(name)) ? texts : undefined;
}

function plainText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function bareUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const { protocol, host, pathname } = new URL(value);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

function durationText(ms: number): string {
  const [unit, length] = UNITS.find(([, one]) => ms % one === 0 && ms > 0) ?? ['ms', 1];
  return `${ms / length}${unit}`;
}

/** The values by the names of their options. Only plain objects have options of their own. */
function valuesOf(options: object, before = ''): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const [key, value] of Object.entries(options) as [string, unknown][]) {
    if (value === undefined) continue;
    const name = before + key;
    if (isPlainObject(value) && !OPAQUE.test(name))
      for (const [inner, one] of valuesOf(value, `${name}.`)) values.set(inner, one);
    else values.set(name, value);
  }
  return values;
}

/** Objects of the embedder: the options of a driver, or a part of the application. */
const OPAQUE = /\.(?:options|cluster|store|signer)$/;

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** The names of the options below one of the schema, also those that are not set. */
function namesOf(key: string): string[] {
  const option = unwrapped(ltiConfigSchema.shape[key as keyof typeof ltiConfigSchema.shape]);
  return 'shape' in option ? Object.keys(option.shape as object).map((name) => `${key}.${name}`) : [key];
}

/** The schema without its default. */
function unwrapped(schema: z.ZodType): z.ZodType {
  return 'unwrap' in schema ? unwrapped((schema.unwrap as () => z.ZodType)()) : schema;
}
