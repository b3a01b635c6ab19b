import {
  CANVAS_EXTENSION,
  type RegistrationRequest,
  TOOL_CONFIGURATION,
  type ToolMessage,
} from '../dynamic/registration-request.js';

/** The standard placements, by their names in Canvas. */
const PLACEMENTS: Readonly<Record<string, string>> = {
  ContentArea: 'link_selection',
  RichTextEditor: 'editor_button',
};

/**
 * The configuration of an LTI key that is pasted into Canvas as JSON. It says the same as the request of a dynamic registration.
 *
 * @param request for Canvas
 */
export function canvasConfiguration(request: RegistrationRequest): Record<string, unknown> {
  const tool = request[TOOL_CONFIGURATION];
  return {
    title: request.client_name,
    // Canvas refuses a configuration without one.
    description: tool.description ?? request.client_name,
    target_link_uri: tool.target_link_uri,
    oidc_initiation_url: request.initiate_login_uri,
    public_jwk_url: request.jwks_uri,
    scopes: request.scope.split(' ').filter((scope) => scope !== ''),
    custom_fields: tool.custom_parameters,
    extensions: [
      {
        platform: 'canvas.instructure.com',
        domain: tool.domain,
        privacy_level: tool[`${CANVAS_EXTENSION}privacy_level`],
        settings: {
          text: request.client_name,
          ...(request.logo_uri !== undefined && { icon_url: request.logo_uri }),
          placements: tool.messages.flatMap(placementsOf),
        },
      },
    ],
  };
}

function placementsOf(message: ToolMessage): Record<string, unknown>[] {
  const { type, placements = ['ContentArea'], target_link_uri: url, label, icon_uri: icon } = message;
  return placements.map((name) => {
    const placement = PLACEMENTS[name] ?? name.replace(CANVAS_EXTENSION, '');
    const isOff = message[`${CANVAS_EXTENSION}${placement}/default_enabled`] === false;
    return {
      placement,
      message_type: type,
      ...(url !== undefined && { target_link_uri: url }),
      ...(label !== undefined && { text: label }),
      ...(icon !== undefined && { icon_url: icon }),
      ...(isOff && { default: 'disabled' }),
    };
  });
}
