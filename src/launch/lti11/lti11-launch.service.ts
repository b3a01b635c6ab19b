import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { isEqualInConstantTime } from '../../common/constant-time.js';
import { LtiConfig } from '../../config/lti-config.js';
import { rememberSubject } from '../refused-launch.js';
import { type CheckedLaunch } from '../sessions/launch-session.service.js';
import { nonceDigest, type UnusedNonce } from '../used-nonce.repository.js';
import { type PostedForm } from '../launch-form.js';
import { lti11ContextOf } from './lti11-context.js';
import { Lti11Parameters } from './lti11-parameters.js';
import { Lti11SecretService } from './lti11-secret.service.js';
import { type SignatureMethod, signatureMethods, signatureOf } from './oauth1-signature.js';
import { launchErrors } from '../launch.errors.js';
import { lti11Errors } from './lti11.errors.js';

/** The OAuth parameters of a launch (RFC 5849 3.1). */
interface OAuthParameters {
  consumerKey: string;
  method: SignatureMethod;
  signature: string;
  signedAt: Date;
  nonce: string;
}

/** The path of the launch below the public URL. */
export const LTI11_LAUNCH_PATH = '/lti/1.1/launch';

const MAX_AGE_MS = 300_000;
/** The most by which the clocks of the processes may differ. A nonce is kept this much longer, so no process accepts it again. */
const CLOCK_SLACK_MS = 60_000;

/** Verifies launches by LTI 1.1: signed with a shared secret, valid once. */
@Injectable()
export class Lti11LaunchService {
  private readonly launchUrl: string;

  constructor(
    @Inject(LtiConfig) private readonly config: LtiConfig,
    private readonly secrets: Lti11SecretService,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    // The platform signs the public URL. The URL of the request may differ behind a proxy.
    this.launchUrl = config.publicUrl + LTI11_LAUNCH_PATH;
  }

  /**
   * Verifies a form that was posted to the launch URL.
   *
   * @throws {LaunchRefused} any code of `lti11Errors`, `anonymous_launch_refused`
   */
  async launch({ form, query }: PostedForm): Promise<CheckedLaunch> {
    const parameters = new Lti11Parameters(form, query);
    const oauth = oauthOf(parameters);
    const context = lti11ContextOf(parameters, this.launchUrl);
    const { consumer, secret } = await this.secrets.of(oauth.consumerKey);
    const isGenuine = this.isSigned(parameters, oauth, secret);
    if (consumer === undefined || !isGenuine) {
      const refusal = lti11Errors.signatureInvalid();
      if (consumer !== undefined) rememberSubject(refusal, `consumer ${consumer.id}`);
      throw refusal;
    }
    const nonce = this.nonceOf(consumer.id, oauth);
    if (context.user === undefined && this.config.launch.anonymous === 'refuse') {
      throw launchErrors.anonymousRefused();
    }
    return { context, consumerId: consumer.id, nonce };
  }

  private isSigned(
    parameters: Lti11Parameters,
    { method, signature }: OAuthParameters,
    secret: string,
  ): boolean {
    return parameters
      .signedPairs()
      .some((pairs) =>
        isEqualInConstantTime(
          signature,
          signatureOf({ method: 'POST', url: this.launchUrl, pairs }, method, secret),
        ),
      );
  }

  private nonceOf(consumerId: string, { signedAt, nonce }: OAuthParameters): UnusedNonce {
    const now = this.clock.now();
    if (Math.abs(now.getTime() - signedAt.getTime()) > MAX_AGE_MS) throw lti11Errors.timestampStale(now);
    return {
      digest: nonceDigest('lti11', [consumerId, nonce]),
      forgetAt: new Date(signedAt.getTime() + MAX_AGE_MS + CLOCK_SLACK_MS),
      refusal: () => lti11Errors.nonceUsed(),
    };
  }
}

function oauthOf(parameters: Lti11Parameters): OAuthParameters {
  const version = parameters.optional('oauth_version');
  if (version !== undefined && version !== '1.0') {
    throw lti11Errors.parameterInvalid('oauth_version', 'is not 1.0');
  }
  const timestamp = parameters.required('oauth_timestamp');
  // RFC 5849 3.3: seconds. Twelve digits are the time until the year 33658, and always a date.
  if (!/^\d{1,12}$/.test(timestamp)) {
    throw lti11Errors.parameterInvalid('oauth_timestamp', 'is not a number of seconds');
  }
  const method = parameters.required('oauth_signature_method');
  if (!isSupported(method)) throw lti11Errors.signatureMethodUnsupported();
  return {
    consumerKey: parameters.required('oauth_consumer_key'),
    method,
    signature: parameters.required('oauth_signature'),
    signedAt: new Date(Number(timestamp) * 1000),
    nonce: parameters.required('oauth_nonce'),
  };
}

function isSupported(method: string): method is SignatureMethod {
  return Object.hasOwn(signatureMethods, method);
}
