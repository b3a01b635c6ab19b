import { z } from 'zod';
import { jwksSchema } from '../keys/jwks.schema.js';
import { allScopes } from '../service-constants.js';
import { type ToolKeySet } from '../keys/tool-key-set.js';

const webUrl = z.url({ protocol: /^https?$/ });

const launchSchema = z.strictObject({
  loginUrl: webUrl,
  /** The addresses for tokens, each compared exactly. */
  redirectUris: z.array(webUrl).min(1),
  /** The default target of a launch; the first redirect URI by default. */
  targetLinkUri: webUrl.optional(),
  /** Custom parameters in addition to those of the family. */
  custom: z.record(z.string(), z.string()).default({}),
});

const lti11Schema = z.strictObject({
  consumerKey: z.string().min(1),
  secret: z.string().min(1),
  launchUrl: webUrl,
});

/** A tool as an administrator enters it: with a key set's address, or with the key set itself. */
export const simulatedToolSchema = z
  .strictObject({
    clientId: z.string().min(1),
    deploymentIds: z.array(z.string().min(1)).min(1).default(['1']),
    jwksUrl: webUrl.optional(),
    jwks: jwksSchema.optional(),
    /**
     * The platform uses the key set for this long, and does not read it sooner, even for a key that it lacks. Default: until a
     * key is missing.
     */
    jwksCacheSeconds: z.number().min(0).optional(),
    /** The scopes that the tool may request. */
    scopes: z.array(z.string().min(1)).default([...allScopes]),
    /** Whether its assertions must name the deployment (CORE 6.2.1). None of the families requires it. */
    requiresDeploymentInAssertion: z.boolean().default(false),
    /** The settings of launches by LTI 1.3. */
    launch: launchSchema.optional(),
    /** The settings of launches by LTI 1.1. */
    lti11: lti11Schema.optional(),
  })
  .refine((tool) => (tool.jwksUrl === undefined) !== (tool.jwks === undefined), {
    error: 'Give jwksUrl or jwks, and not both.',
  });

/** A tool as an administrator enters it: a client id, and a key set or its URL. All else has a default. */
export type SimulatedToolInput = z.input<typeof simulatedToolSchema>;

interface ToolLaunchSettings extends z.output<typeof launchSchema> {
  readonly targetLinkUri: string;
}

/** A tool's consumer key, secret and launch URL of LTI 1.1. */
export type Lti11Settings = Readonly<z.output<typeof lti11Schema>>;

export interface SimulatedTool {
  readonly clientId: string;
  readonly deploymentIds: readonly string[];
  readonly scopes: readonly string[];
  readonly requiresDeploymentInAssertion: boolean;
  readonly keys: ToolKeySet;
  readonly launch?: ToolLaunchSettings | undefined;
  readonly lti11?: Lti11Settings | undefined;
}

/** A tool with the settings of launches by LTI 1.3. */
export interface LaunchableTool extends SimulatedTool {
  readonly launch: ToolLaunchSettings;
}

/** The launch settings with their default target. */
export function completed(launch: z.output<typeof launchSchema> | undefined): ToolLaunchSettings | undefined {
  if (launch === undefined) return undefined;
  return { ...launch, targetLinkUri: launch.targetLinkUri ?? launch.redirectUris[0] ?? launch.loginUrl };
}
