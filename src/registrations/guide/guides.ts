import { type ToolProfile } from '../dynamic/registration-request.js';
import { type PlatformFamily } from '../platform-family.js';
import { type RegistrationGuide } from './registration-guide.schema.js';

/** A value of the tool. `domain` is the host of its launch URL, `origin` that with its scheme. */
export type ToolValue = 'name' | 'loginUrl' | 'launchUrl' | 'jwksUrl' | 'domain' | 'origin';

type RegistrationField =
  | 'issuer'
  | 'clientId'
  | 'authorizationUrl'
  | 'tokenUrl'
  | 'jwksUrl'
  | 'tokenAudience'
  | 'deployments';

/** How the tool is registered by hand at one product: data, so that a product more is an entry more. */
interface Guide {
  title: string;
  dynamicRegistration: boolean;
  steps: readonly string[];
  /** In the order of the platform's form. */
  toolValues: readonly (readonly [label: string, value: ToolValue])[];
  platformValues: Readonly<
    Partial<Record<RegistrationField, readonly [value: string | null, where: string]>>
  >;
}

const FOR_ALL = 'The same for all customers.';

export const guides: Readonly<Record<PlatformFamily, Guide>> = {
  canvas: {
    title: 'Canvas',
    dynamicRegistration: true,
    steps: [
      'Open Admin, Developer Keys, + Developer Key, + LTI Key.',
      'Enter the redirect URI. Choose the method "Paste JSON" and paste the configuration, or enter the values one by one.',
      'Save the key and turn it on. Its client id is the number in the column Details.',
      'Open Settings, Apps, View App Configurations, + App, choose "By Client ID", and enter the client id.',
      'Copy the deployment id from the menu of the new app.',
    ],
    toolValues: [
      ['Redirect URIs', 'launchUrl'],
      ['Title', 'name'],
      ['Target Link URI', 'launchUrl'],
      ['OpenID Connect Initiation Url', 'loginUrl'],
      ['JWK Method: Public JWK URL', 'jwksUrl'],
    ],
    platformValues: {
      issuer: [
        'https://canvas.instructure.com',
        'For the cloud. Beta and test have https://canvas.beta.instructure.com and https://canvas.test.instructure.com. A ' +
          'self-hosted Canvas has its setting lti_iss, which is often the value of the cloud.',
      ],
      clientId: [null, 'Developer Keys, column Details.'],
      authorizationUrl: [
        'https://sso.canvaslms.com/api/lti/authorize_redirect',
        'For the cloud. Beta and test are on sso.beta.canvaslms.com and sso.test.canvaslms.com, a self-hosted Canvas on its own host.',
      ],
      tokenUrl: ['https://sso.canvaslms.com/login/oauth2/token', 'On the host of the authorization URL.'],
      jwksUrl: ['https://sso.canvaslms.com/api/lti/security/jwks', 'On the host of the authorization URL.'],
      deployments: [null, 'The menu of the app, Deployment Id.'],
    },
  },
  moodle: {
    title: 'Moodle',
    dynamicRegistration: true,
    steps: [
      'Open Site administration, Plugins, Activity modules, External tool, Manage tools, "configure a tool manually".',
      'Choose the LTI version 1.3 and the public key type "Keyset URL", and enter the values.',
      'Under Services allow grade sync and column management, and the retrieval of members.',
      'Under Privacy share the names and e-mail addresses of users, as far as your rules allow it.',
      'Save, and open the configuration details of the tool: they have the values for the operator of the tool.',
    ],
    toolValues: [
      ['Tool name', 'name'],
      ['Tool URL', 'launchUrl'],
      ['Public keyset', 'jwksUrl'],
      ['Initiate login URL', 'loginUrl'],
      ['Redirection URI(s)', 'launchUrl'],
    ],
    platformValues: {
      issuer: ['https://{host}', 'Platform ID. It has the path of the site, if there is one.'],
      clientId: [null, 'Client ID'],
      authorizationUrl: ['https://{host}/mod/lti/auth.php', 'Authentication request URL'],
      tokenUrl: ['https://{host}/mod/lti/token.php', 'Access token URL'],
      jwksUrl: ['https://{host}/mod/lti/certs.php', 'Public keyset URL'],
      deployments: [null, 'Deployment ID'],
    },
  },
  brightspace: {
    title: 'Brightspace',
    dynamicRegistration: true,
    steps: [
      'Open Admin Tools, Manage Extensibility, LTI Advantage, Register Tool, Standard.',
      'Enter the values, and choose the extensions Assignment and Grade Services, Deep Linking, and Names and Role Provisioning Services.',
      'Enable the tool and register it. The next page has the values for the operator of the tool.',
      'Choose View Deployments, New Deployment: it needs the same extensions, and the security settings that share names and e-mail addresses.',
      'Copy the deployment id, and add a link with the launch URL to the deployment.',
    ],
    toolValues: [
      ['Name', 'name'],
      ['Domain', 'origin'],
      ['Redirect URLs', 'launchUrl'],
      ['OpenID Connect Login URL', 'loginUrl'],
      ['Target Link URI', 'launchUrl'],
      ['Keyset URL', 'jwksUrl'],
    ],
    platformValues: {
      issuer: ['https://{host}', 'Issuer'],
      clientId: [null, 'Client Id'],
      authorizationUrl: ['https://{host}/d2l/lti/authenticate', 'OpenID Connect Authentication Endpoint'],
      tokenUrl: ['https://auth.brightspace.com/core/connect/token', 'Brightspace OAuth2 Access Token URL'],
      jwksUrl: ['https://{host}/d2l/.well-known/jwks', 'Brightspace Keyset URL'],
      tokenAudience: ['https://api.brightspace.com/auth/token', 'OAuth2 Audience'],
      deployments: [null, 'The page of the deployment, Deployment Id.'],
    },
  },
  blackboard: {
    title: 'Blackboard Learn',
    dynamicRegistration: false,
    steps: [
      'The operator of the tool registers it once for all customers, at developer.blackboard.com: My Apps, +, LTI 1.3.',
      'Blackboard gives an application id, which is the client id of every customer. An application has one host name.',
      'The administrator of each Blackboard opens Administrator Panel, LTI Tool Providers, Register LTI 1.3/Advantage Tool, and enters the client id.',
      'The administrator approves the tool, allows grade and roster access, and copies the deployment id.',
    ],
    toolValues: [
      ['Application name', 'name'],
      ['Domain(s)', 'domain'],
      ['Login Initiation URL', 'loginUrl'],
      ['Tool Redirect URL(s)', 'launchUrl'],
      ['Tool JWKS URL', 'jwksUrl'],
    ],
    platformValues: {
      issuer: ['https://blackboard.com', FOR_ALL],
      clientId: [null, 'The application id at developer.blackboard.com. The same for all customers.'],
      authorizationUrl: ['https://developer.blackboard.com/api/v1/gateway/oidcauth', FOR_ALL],
      tokenUrl: ['https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken', FOR_ALL],
      jwksUrl: [
        'https://developer.blackboard.com/api/v1/management/applications/{clientId}/jwks.json',
        'Replace {clientId} with the client id.',
      ],
      deployments: [
        null,
        'LTI Tool Providers, the tool, Deployment ID. Each customer has another one: add it to the registration.',
      ],
    },
  },
  schoology: {
    title: 'Schoology',
    dynamicRegistration: false,
    steps: [
      'Open App Center, Organization Apps (or My Developer Apps), Add App, and choose the type "LTI 1.3 App".',
      'Choose Deep Linking, Assignment and Grade Services, and Names and Roles Services, and the personal data that the tool gets.',
      'Enter the values, with the public key type "Keyset URL", and submit the form.',
      'Choose "Install LTI 1.3 App", and install it for the organization and its courses.',
      'Open Options, API Info of the app: it has the client id.',
    ],
    toolValues: [
      ['Name', 'name'],
      ['Domain/URL', 'launchUrl'],
      ['JWKS URL', 'jwksUrl'],
      ['OIDC Login Init URL', 'loginUrl'],
      ['Redirect URLs', 'launchUrl'],
    ],
    platformValues: {
      issuer: ['https://schoology.schoology.com', FOR_ALL],
      clientId: [null, 'Options, API Info.'],
      authorizationUrl: ['https://lti-service.svc.schoology.com/lti-service/authorize-redirect', FOR_ALL],
      tokenUrl: ['https://lti-service.svc.schoology.com/lti-service/access-token', FOR_ALL],
      jwksUrl: ['https://lti-service.svc.schoology.com/lti-service/.well-known/jwks', FOR_ALL],
      deployments: [
        null,
        'Each installation has one. The page of a launch that is refused with deployment_unknown shows it.',
      ],
    },
  },
  sakai: {
    title: 'Sakai',
    dynamicRegistration: true,
    steps: [
      'Open Administration Workspace, External Tools, Install LTI Tool. Enter the title and the launch URL, leave the site id empty, and continue.',
      'Choose "Tool supports LTI 1.3", and enter the values.',
      'Under Services choose "Provide Roster to External Tool", "Allow External Tool to return grades" and "Allow External Tool to create grade columns". Under Privacy Settings send user names and e-mail addresses, as far as your rules allow it.',
      'Choose Resource Link launch, Deep Link launch if the tool has it, and where the tool appears.',
      'Save, and choose the title of the tool in the list: its page has the values for the operator of the tool.',
    ],
    toolValues: [
      ['Tool Title', 'name'],
      ['Launch URL (1.1) / Target Link URI (1.3)', 'launchUrl'],
      ['LTI 1.3 Tool Keyset / JWK URL', 'jwksUrl'],
      ['LTI 1.3 Tool OpenID Connect/Initialization Endpoint', 'loginUrl'],
      ['LTI 1.3 Tool Redirect Endpoint(s)', 'launchUrl'],
    ],
    platformValues: {
      issuer: ['https://{host}', 'LTI 1.3 Platform Issuer'],
      clientId: [null, 'LTI 1.3 Client ID'],
      authorizationUrl: ['https://{host}/imsoidc/lti13/oidc_auth', 'LTI 1.3 LMS OIDC Endpoint URL'],
      tokenUrl: [
        'https://{host}/imsblis/lti13/token/{key}',
        'LTI 1.3 LMS OAuth Token URL. It has the key of the tool.',
      ],
      jwksUrl: ['https://{host}/imsblis/lti13/keyset', 'LTI 1.3 LMS Keyset URL'],
      deployments: [
        '1',
        'LTI 1.3 Deployment Id. A site can have one of its own: the page of a launch that is refused with deployment_unknown shows it.',
      ],
    },
  },
  openedx: {
    title: 'Open edX',
    dynamicRegistration: false,
    steps: [
      'In Studio add "lti_consumer" to Settings, Advanced Settings, Advanced Module List.',
      'Add the component Advanced, LTI Consumer to a unit, edit it, and choose the LTI version 1.3.',
      'Enter the values, with the tool public key mode "Keyset URL". Set "Scored", "LTI Assignment and Grades Service", "Enable LTI NRPS" and "Deep linking" as the tool needs them.',
      'Save. The component then shows the values for the operator of the tool. Each component has a client id of its own, unless the site shares configurations.',
    ],
    toolValues: [
      ['Display Name', 'name'],
      ['Tool Launch URL', 'launchUrl'],
      ['Registered Redirect URIs', 'launchUrl'],
      ['Tool Initiate Login URL', 'loginUrl'],
      ['Tool Keyset URL', 'jwksUrl'],
      ['Deep Linking Launch URL', 'launchUrl'],
    ],
    platformValues: {
      issuer: ['https://{host}', 'The address of the LMS, and not of Studio.'],
      clientId: [null, 'Client ID'],
      authorizationUrl: ['https://{host}/api/lti_consumer/v1/launch/', 'OIDC callback URL'],
      tokenUrl: [null, 'Access Token URL'],
      jwksUrl: [null, 'Keyset URL'],
      deployments: ['1', 'Deployment ID'],
    },
  },
  generic: {
    title: 'Other platforms',
    dynamicRegistration: true,
    steps: [
      'Add a tool by LTI 1.3 (LTI Advantage) in the platform, and enter the values.',
      'Allow the tool deep linking, grades, and names and roles, as far as your rules allow it.',
      'Give the operator of the tool the values that the platform shows.',
    ],
    toolValues: [
      ['Name', 'name'],
      ['Launch URL, or target link URI', 'launchUrl'],
      ['Login initiation URL', 'loginUrl'],
      ['Redirect URI', 'launchUrl'],
      ['Key set URL (JWKS)', 'jwksUrl'],
    ],
    platformValues: {
      issuer: [null, 'The issuer, or platform id: exactly as the platform sends it.'],
      clientId: [null, 'The client id'],
      authorizationUrl: [null, 'The authentication (OIDC) URL'],
      tokenUrl: [null, 'The access token URL'],
      jwksUrl: [null, 'The key set URL of the platform'],
      tokenAudience: [null, 'The audience of token requests, if it is not the access token URL'],
      deployments: [null, 'The deployment id'],
    },
  },
};

/** The guide to a product, with the values of this tool. Without `configuration`. */
export function guideTo(
  platform: PlatformFamily,
  tool: ToolProfile,
): Omit<RegistrationGuide, 'configuration'> {
  const { title, dynamicRegistration, steps, toolValues, platformValues } = guides[platform];
  const { host: domain, origin } = new URL(tool.launchUrl);
  const values: Record<ToolValue, string> = { ...tool, domain, origin };
  return {
    platform,
    title,
    dynamicRegistration,
    steps: [...steps],
    toolValues: toolValues.map(([label, value]) => ({ label, value: values[value] })),
    platformValues: [
      ...Object.entries(platformValues).map(([field, [value, where]]) => ({ field, value, where })),
      { field: 'platformFamily', value: platform, where: 'As it is.' },
    ],
  };
}
