import { z } from 'zod';

// For the OpenAPI document. `LaunchFields` reads the fields one by one, with errors of their own for browsers.

/** The query or the form with which a platform starts a launch (SEC 5.1.1.1). */
export const loginRequestSchema = z.looseObject({
  iss: z.string(),
  login_hint: z.string(),
  target_link_uri: z.string(),
  lti_message_hint: z.string().optional(),
  client_id: z.string().optional(),
  lti_deployment_id: z.string().optional(),
  /** The frame of the platform's storage, if it has one. */
  lti_storage_target: z.string().optional(),
});

/** The form of a launch by LTI 1.3 (SEC 5.1.1.3). Instead of `id_token` it may have an `error`. */
export const launchFormSchema = z.looseObject({
  state: z.string(),
  id_token: z.string().optional(),
  error: z.string().optional(),
  error_description: z.string().optional(),
});

/** The form of a launch by LTI 1.1, signed with OAuth 1.0a. */
export const lti11LaunchFormSchema = z.looseObject({
  lti_message_type: z.string(),
  lti_version: z.string(),
  oauth_consumer_key: z.string(),
  oauth_signature_method: z.string(),
  oauth_signature: z.string(),
  oauth_timestamp: z.string(),
  oauth_nonce: z.string(),
  resource_link_id: z.string().optional(),
  user_id: z.string().optional(),
  context_id: z.string().optional(),
  roles: z.string().optional(),
});
