import { z } from 'zod';
import { signatureMethods } from './oauth1-signature.js';

/** The user, tool and course of a launch by LTI 1.1. */
export const lti11LaunchInputSchema = z
  .strictObject({
    /** The tool, by its client id or its consumer key. */
    clientId: z.string().optional(),
    consumerKey: z.string().optional(),
    contextId: z.string(),
    /** A member of the course; anonymous by default. */
    userId: z.string().optional(),
    /** The course's first one by default. */
    resourceLinkId: z.string().optional(),
    messageType: z
      .enum(['basic-lti-launch-request', 'ContentItemSelectionRequest'])
      .default('basic-lti-launch-request'),
    /** The tool's launch URL by default. */
    launchUrl: z.url({ protocol: /^https?$/ }).optional(),
    signatureMethod: z.enum(signatureMethods).default('HMAC-SHA1'),
    /** As Moodle does it: parameters of the launch URL are signed once and sent in the URL and in the body. */
    foldQueryIntoBody: z.boolean().default(false),
    /** Seconds since 1970; now by default. */
    timestamp: z.int().optional(),
    /** A new one by default. */
    nonce: z.string().optional(),
    /** Replaces the right secret in the signature. */
    secret: z.string().optional(),
    /** Parameters to add or replace before the signature is made; null removes one. */
    parameters: z.record(z.string(), z.string().nullable()).default({}),
  })
  .refine((input) => (input.clientId === undefined) !== (input.consumerKey === undefined), {
    error: 'Give clientId or consumerKey, and not both.',
  });

/** The user, tool and course of a launch by LTI 1.1, and what to change in it before or after it is signed. */
export type Lti11LaunchInput = z.input<typeof lti11LaunchInputSchema>;
export type Lti11LaunchSettings = z.output<typeof lti11LaunchInputSchema>;
