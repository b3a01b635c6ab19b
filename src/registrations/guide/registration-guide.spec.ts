import { defaultScopes } from '../../common/scopes.js';
import { type RegistrationRequest, TOOL_CONFIGURATION } from '../dynamic/registration-request.js';
import { platformFamilySchema } from '../platform-family.js';
import { createRegistrationSchema } from '../registration.schema.js';
import { registrationGuide } from './registration-guide.js';

const tool = {
  name: 'Quizzes',
  loginUrl: 'https://tool.example.edu/lti/login',
  launchUrl: 'https://tool.example.edu/lti/launch',
  jwksUrl: 'https://tool.example.edu/lti/jwks.json',
  contacts: [],
  privacyLevel: 'public' as const,
};
const settings = { open: false, contacts: [], privacyLevel: 'public' as const };

describe('the guide to register the tool by hand', () => {
  it.each(platformFamilySchema.options)(
    'at %s has every value that the platform needs, and what makes a registration of its values',
    async (family) => {
      const guide = await registrationGuide(family, tool, settings);
      expect(guide.toolValues.map(({ value }) => value)).toEqual(
        expect.arrayContaining([tool.name, tool.loginUrl, tool.launchUrl, tool.jwksUrl]),
      );
      const body = Object.fromEntries(
        guide.platformValues.map(({ field, value }) => {
          const filled = (value ?? 'https://lms.example.edu/shown')
            .replace('{host}', 'lms.example.edu')
            .replaceAll(/\{\w+\}/g, '7');
          return [field, field === 'deployments' ? [filled] : filled];
        }),
      );
      expect(createRegistrationSchema.parse({ name: guide.title, ...body })).toMatchObject({
        platformFamily: family,
      });
      expect(guide.configuration === null).toBe(family !== 'canvas');
    },
  );

  it('of Canvas has its JSON configuration, with the placements, scopes and parameters of a dynamic registration', async () => {
    const { configuration } = await registrationGuide('canvas', tool, settings);
    expect(configuration).toEqual({
      title: 'Quizzes',
      description: 'Quizzes',
      target_link_uri: tool.launchUrl,
      oidc_initiation_url: tool.loginUrl,
      public_jwk_url: tool.jwksUrl,
      scopes: [...defaultScopes],
      custom_fields: {
        canvas_user_id: '$Canvas.user.id',
        context_id_history: '$Context.id.history',
        resource_link_id_history: '$ResourceLink.id.history',
      },
      extensions: [
        {
          platform: 'canvas.instructure.com',
          domain: 'tool.example.edu',
          privacy_level: 'public',
          settings: {
            text: 'Quizzes',
            placements: [
              {
                placement: 'course_navigation',
                message_type: 'LtiResourceLinkRequest',
                target_link_uri: tool.launchUrl,
                text: 'Quizzes',
                default: 'disabled',
              },
              ...['assignment_selection', 'link_selection'].map((placement) => ({
                placement,
                message_type: 'LtiDeepLinkingRequest',
                target_link_uri: tool.launchUrl,
                text: 'Quizzes',
              })),
            ],
          },
        },
      ],
    });
  });

  it('of Canvas has the changes of the embedder, with the standard placements by their names in Canvas', async () => {
    const request = (asked: RegistrationRequest) => {
      asked[TOOL_CONFIGURATION].messages = [
        { type: 'LtiDeepLinkingRequest', placements: ['RichTextEditor', 'ContentArea'] },
      ];
      return asked;
    };
    const { configuration } = await registrationGuide('canvas', tool, { ...settings, request });
    expect(configuration).toMatchObject({
      extensions: [
        {
          settings: {
            placements: [
              { placement: 'editor_button', message_type: 'LtiDeepLinkingRequest' },
              { placement: 'link_selection', message_type: 'LtiDeepLinkingRequest' },
            ],
          },
        },
      ],
    });
  });
});
