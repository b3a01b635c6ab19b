import { Inject, Injectable } from '@nestjs/common';
import { createHash, createHmac, type KeyObject, randomBytes } from 'node:crypto';
import { Clock } from '../../common/clock.js';
import { isEqualInConstantTime } from '../../common/constant-time.js';
import { type DerivedKeys, deriveKeys } from '../../common/derived-keys.js';
import { appendQuery } from '../../common/query.js';
import { LtiConfig } from '../../config/lti-config.js';
import { type Registration } from '../../registrations/registration.entity.js';
import { RegistrationLaunchService } from '../../registrations/registration-launch.service.js';
import { launchErrors } from '../launch.errors.js';
import { LAUNCH_PATH } from '../launch-paths.js';
import { type LaunchFields } from '../launch-form.js';

/** A login that has begun: the URL for the browser, and the secret that the browser has to bring back. */
export interface BegunLogin {
  authorizationUrl: string;
  /** The platform's storage: the frame that gets our messages, and the only origin that may read and answer them. */
  storage: { frame: string | undefined; origin: string };
  /** The browser keeps it under `name`: in a cookie, or in the platform's storage. */
  secret: { name: string; value: string };
  /** The parameters of the platform's request, for a second login in a new window. */
  loginParameters: Record<string, string>;
}

/** The state of a login that began here, or in another process with the same encryption keys. */
export interface LoginState {
  registrationId: string;
  /** 128 random bits, base64url. */
  nonce: string;
  browserDigest: string;
  issuedAt: Date;
  storageFrame: string | undefined;
  loginParameters: Readonly<Record<string, string>> | undefined;
}

/** The signed part of a `state`. Short names, since it is in a URL. */
interface SignedState {
  /** Registration. */
  r: string;
  /** Nonce. */
  n: string;
  /** Digest of the browser's secret. */
  b: string;
  /** Epoch ms. */
  t: number;
  /** Frame of the platform's storage. */
  f?: string | undefined;
  /** The parameters of the login, for a second one in a new window. */
  p?: Record<string, string> | undefined;
}

/** How long a login may take, from the first request to the launch (SEC 7.3.2). */
export const LOGIN_LIFE_MS = 10 * 60_000;
/** 128 bits, RFC 6749 10.10. */
const SECRET_BYTES = 16;
/** The purpose of the keys that sign the state. */
const PURPOSE = 'nest-lti login state';
/** With longer parameters the state alone could make the URL longer than web servers accept. */
const MAX_PARAMETERS = 1500;
/** The parameters of a login (SEC 5.1.1.1 to 5.1.1.4). Canvas calls one `deployment_id`. */
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

/**
 * The third-party login of OpenID Connect, which is the first step of every launch (SEC 5.1.1).
 *
 * The `state` is signed and sent with the browser. Nothing is stored before a platform has signed an id_token, so requests to the
 * login endpoint cannot fill a table. The launch makes the state single-use: it stores its nonce. The state has nothing that the
 * browser does not have already.
 */
@Injectable()
export class OidcLoginService {
  private readonly keys: DerivedKeys;

  constructor(
    private readonly registrations: RegistrationLaunchService,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.keys = deriveKeys(config.encryptionKeys, PURPOSE);
  }

  /**
   * @throws {LaunchRefused} `launch_parameter_missing`, `launch_parameter_invalid`, `issuer_unknown`, `registration_ambiguous`
   */
  async begin(fields: LaunchFields): Promise<BegunLogin> {
    const issuer = fields.required('iss', SPEC);
    const loginHint = fields.required('login_hint', SPEC);
    fields.required('target_link_uri', SPEC);
    const registration = await this.registrationOf(issuer, fields);
    const loginParameters = fields.pick(PARAMETERS);
    const storageFrame = fields.get('lti_storage_target');
    const { state, nonce, browserSecret } = this.createState({
      registrationId: registration.id,
      storageFrame,
      loginParameters,
    });
    const hint = fields.get('lti_message_hint');
    const request = {
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
    };
    return {
      // A query that the URL has already stays as it is (SEC 5.1.1.2).
      authorizationUrl: appendQuery(registration.authorizationUrl, Object.entries(request)),
      storage: { frame: storageFrame, origin: storageOriginOf(registration) },
      secret: { name: secretNameOf({ nonce }), value: browserSecret },
      loginParameters,
    };
  }

  /** A state, its nonce, and the secret that binds it to the browser. */
  createState(
    login: Pick<LoginState, 'registrationId' | 'storageFrame'> & { loginParameters: Record<string, string> },
  ): { state: string; nonce: string; browserSecret: string } {
    const nonce = randomBytes(SECRET_BYTES).toString('base64url');
    const browserSecret = randomBytes(SECRET_BYTES).toString('base64url');
    const parameters = login.loginParameters;
    const signed: SignedState = {
      r: login.registrationId,
      n: nonce,
      b: digestOf(browserSecret),
      t: this.clock.nowMs(),
      f: login.storageFrame,
      p: JSON.stringify(parameters).length > MAX_PARAMETERS ? undefined : parameters,
    };
    const payload = Buffer.from(JSON.stringify(signed)).toString('base64url');
    const { signerId, signer } = this.keys;
    return { state: `${signerId}.${payload}.${signatureOf(payload, signer)}`, nonce, browserSecret };
  }

  /** @throws {LaunchRefused} `state_unknown`, `state_expired` */
  verifyState(state: string): LoginState {
    const [keyId = '', payload = '', signature = '', ...more] = state.split('.', 4);
    const key = this.keys.byId.get(keyId);
    if (
      key === undefined ||
      more.length > 0 ||
      !isEqualInConstantTime(signature, signatureOf(payload, key))
    ) {
      throw launchErrors.stateUnknown();
    }
    // This tool signed it, so it has this type.
    const { r, n, b, t, f, p } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as SignedState;
    if (this.clock.nowMs() - t > LOGIN_LIFE_MS) throw launchErrors.stateExpired();
    return {
      registrationId: r,
      nonce: n,
      browserDigest: b,
      issuedAt: new Date(t),
      storageFrame: f,
      loginParameters: p,
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

/** Whether this is the secret that the browser of the login got. */
export function isSecretOf({ browserDigest }: LoginState, secret: string): boolean {
  return isEqualInConstantTime(browserDigest, digestOf(secret));
}

/** The name under which the browser keeps the secret. Each login has its own, since several may run at the same time. */
export function secretNameOf({ nonce }: Pick<LoginState, 'nonce'>): string {
  return `nest_lti_${digestOf(nonce).slice(0, 16)}`;
}

/** The origin of the platform's storage: that of its authorization endpoint (platform storage 1.0). */
export function storageOriginOf({ authorizationUrl }: Pick<Registration, 'authorizationUrl'>): string {
  const { origin, hostname } = new URL(authorizationUrl);
  // Canvas moved its endpoint. Old registrations have the old host, which redirects browsers but does not answer messages.
  const canvas = /^canvas(\.beta|\.test)?\.instructure\.com$/.exec(hostname);
  return canvas === null ? origin : `https://sso${canvas[1] ?? ''}.canvaslms.com`;
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

function signatureOf(payload: string, key: KeyObject): string {
  return createHmac('sha256', key).update(payload).digest('base64url');
}
