import { z } from 'zod';
import { signatureMethods } from './oauth1-signature.js';

/** Who launches what by LTI 1.1. */
export const lti11LaunchInputSchema = z
  .strictObject({
    /** The tool, by either of its names. */
    clientId: z.string().optional(),
    consumerKey: z.string().optional(),
    contextId: z.string(),
    /** A member of the course; an anonymous launch where not given. */
    userId: z.string().optional(),
    /** The course's first one where not given. */
    resourceLinkId: z.string().optional(),
    messageType: z
      .enum(['basic-lti-launch-request', 'ContentItemSelectionRequest'])
      .default('basic-lti-launch-request'),
    /** The tool's where not given. */
    launchUrl: z.url({ protocol: /^https?$/ }).optional(),
    signatureMethod: z.enum(signatureMethods).default('HMAC-SHA1'),
    /** As Moodle does it: parameters of the launch URL are signed once and sent in the URL and in the body. */
    foldQueryIntoBody: z.boolean().default(false),
    /** Seconds since 1970; now where not given. */
    timestamp: z.int().optional(),
    /** A fresh one where not given. */
    nonce: z.string().optional(),
    /** Signed with this instead of the right one. */
    secret: z.string().optional(),
    /** Parameters to add or replace before the signature is made; null takes one away. */
    parameters: z.record(z.string(), z.string().nullable()).default({}),
  })
  .refine((input) => (input.clientId === undefined) !== (input.consumerKey === undefined), {
    error: 'Give clientId or consumerKey, and not both.',
  });

export type Lti11LaunchInput = z.input<typeof lti11LaunchInputSchema>;
export type Lti11LaunchSettings = z.output<typeof lti11LaunchInputSchema>;
