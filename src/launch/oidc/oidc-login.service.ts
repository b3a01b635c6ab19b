import { Inject, Injectable } from '@nestjs/common';
import { LtiConfig } from '../../config/lti-config.js';
import { type Registration } from '../../registrations/registration.entity.js';
import { RegistrationFinder } from '../../registrations/registration-finder.js';
import { LAUNCH_PATH } from '../launch-paths.js';
import { type LaunchFields } from './launch-fields.js';
import { LoginStates, secretNameOf } from './login-state.js';
import { launchErrors } from '../launch.errors.js';

/** A login that has begun: where the browser goes, and what it has to bring back. */
export interface BegunLogin {
  authorizationUrl: string;
  /** Where the platform's storage is asked for, and answers from. */
  storage: { frame: string | undefined; origin: string };
  /** Kept by the browser under `name`: in a cookie, or in the platform's storage. */
  secret: { name: string; value: string };
  /** As they came, for another try in a window of its own. */
  loginParameters: Record<string, string>;
}

/** As platforms send them; SEC 5.1.1.1 to 5.1.1.4, and Canvas' name for one. */
const PARAMETERS = [
  'iss',
  'login_hint',
  'target_link_uri',
  'lti_message_hint',
  'client_id',
  'lti_deployment_id',
  'deployment_id',
] as const;
const SPEC = 'SEC 5.1.1.1';

/** The third-party login of OpenID Connect that every launch begins with (SEC 5.1.1). */
@Injectable()
export class OidcLogin {
  constructor(
    private readonly registrations: RegistrationFinder,
    private readonly states: LoginStates,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  /**
   * @throws {LaunchRefused} `launch_parameter_missing`, `launch_parameter_invalid`, `issuer_unknown`, `registration_ambiguous`
   */
  async begin(fields: LaunchFields): Promise<BegunLogin> {
    const issuer = fields.required('iss', SPEC);
    const loginHint = fields.required('login_hint', SPEC);
    fields.required('target_link_uri', SPEC);
    const registration = await this.registrationOf(issuer, fields);
    const loginParameters = fields.pick(PARAMETERS);
    const { state, nonce, browserSecret } = this.states.begin({
      registrationId: registration.id,
      storageFrame: fields.get('lti_storage_target'),
      loginParameters,
    });
    const hint = fields.get('lti_message_hint');
    const authorizationUrl = withQuery(registration.authorizationUrl, {
      scope: 'openid',
      response_type: 'id_token',
      response_mode: 'form_post',
      prompt: 'none',
      client_id: registration.clientId,
      redirect_uri: this.config.publicUrl + LAUNCH_PATH,
      login_hint: loginHint,
      ...(hint !== undefined && { lti_message_hint: hint }),
      nonce,
      state,
    });
    return {
      authorizationUrl,
      storage: { frame: fields.get('lti_storage_target'), origin: storageOriginOf(registration) },
      secret: { name: secretNameOf({ nonce }), value: browserSecret },
      loginParameters,
    };
  }

  private async registrationOf(issuer: string, fields: LaunchFields): Promise<Registration> {
    const clientId = fields.get('client_id');
    const deploymentId = fields.get('lti_deployment_id') ?? fields.get('deployment_id');
    const candidates = await this.registrations.find({ issuer, clientId, deploymentId });
    const [registration] = candidates;
    if (registration === undefined) throw launchErrors.issuerUnknown(issuer, clientId);
    if (candidates.length > 1) throw launchErrors.registrationAmbiguous(issuer);
    return registration;
  }
}

/** A query that the URL has already stays as it is (SEC 5.1.1.2). */
function withQuery(url: string, parameters: Record<string, string>): string {
  const { hash } = new URL(url);
  const bare = hash === '' ? url : url.slice(0, -hash.length);
  const separator = bare.includes('?') ? (/[?&]$/.test(bare) ? '' : '&') : '?';
  return `${bare}${separator}${new URLSearchParams(parameters).toString()}`;
}

/** Where messages to the platform's storage go: its authorization end point's origin (platform storage 1.0). */
export function storageOriginOf({ authorizationUrl }: Pick<Registration, 'authorizationUrl'>): string {
  const { origin, hostname } = new URL(authorizationUrl);
  // Canvas moved its end point; registrations of before name the old host, which sends browsers on (and answers nothing).
  const canvas = /^canvas(\.beta|\.test)?\.instructure\.com$/.exec(hostname);
  return canvas === null ? origin : `https://sso${canvas[1] ?? ''}.canvaslms.com`;
}
