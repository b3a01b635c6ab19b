import { Inject, Injectable } from '@nestjs/common';
import { LtiConfig } from '../../config/lti-config.js';
import { RegistrationLaunchService } from '../../registrations/registration-launch.service.js';
import { type Registration } from '../../registrations/registration.entity.js';
import { RegistrationService } from '../../registrations/registration.service.js';
import { launchContextOf } from '../context/launch-claims.js';
import { Claim } from '../context/launch-claims.schema.js';
import { type Lti13LaunchContext } from '../context/launch-context.schema.js';
import { MigrationClaimVerifier } from '../lti11/migration-claim.verifier.js';
import { LaunchMessages } from '../launch-messages.js';
import { rememberSubject } from '../refused-launch.js';
import { nonceDigest, type UnusedNonce, UsedNonceRepository } from '../used-nonce.repository.js';
import { IdTokenVerifier, type VerifiedToken } from './id-token.verifier.js';
import { type LaunchFields } from '../launch-form.js';
import { isSecretOf, LOGIN_LIFE_MS, type LoginState, OidcLoginService } from './oidc-login.service.js';
import { type LaunchRefused } from '../../common/reactions.errors.js';
import { launchErrors } from '../launch.errors.js';

/** A launch that the platform has signed and whose login began here. */
export interface SignedLaunch {
  context: Lti13LaunchContext;
  /** The LTI 1.1 consumer of the same platform, if the migration claim proves it. */
  consumerId: string | undefined;
  state: LoginState;
  registration: Registration;
}

const SPEC = 'SEC 5.1.1.5';
const NONCE_SLACK_MS = 60_000;
const MAX_ERROR = 100;
const MAX_DESCRIPTION = 500;

/** The platform's answer to a login (SEC 5.1.3). */
@Injectable()
export class OidcLaunchService {
  constructor(
    private readonly logins: OidcLoginService,
    private readonly tokens: IdTokenVerifier,
    private readonly nonces: UsedNonceRepository,
    private readonly registrations: RegistrationService,
    private readonly registrationLaunches: RegistrationLaunchService,
    private readonly migrations: MigrationClaimVerifier,
    private readonly messages: LaunchMessages,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  /**
   * Checks everything except the browser's secret, and records a new deployment if the configuration allows it (`auto`). The nonce
   * is not used up yet.
   *
   * @throws {LaunchRefused} any code of a parameter, state, id_token or claim, `launch_declined`, `deployment_unknown`,
   *   `anonymous_launch_refused`
   * @throws {NotFound} `registration_not_found`
   * @throws {Unavailable} `platform_keys_unavailable`
   */
  async verify(fields: LaunchFields, isOf: (registrationId: string) => void): Promise<SignedLaunch> {
    const state = this.logins.verifyState(fields.required('state', SPEC));
    isOf(state.registrationId);
    try {
      return await this.verifyAnswer(fields, state);
    } catch (error) {
      rememberSubject(error, `registration ${state.registrationId}`);
      throw error;
    }
  }

  private async verifyAnswer(fields: LaunchFields, state: LoginState): Promise<SignedLaunch> {
    const error = fields.get('error');
    if (error !== undefined) {
      throw launchErrors.declined(
        error.slice(0, MAX_ERROR),
        fields.get('error_description')?.slice(0, MAX_DESCRIPTION),
      );
    }
    const idToken = fields.required('id_token', 'SEC 5.1.1.3');
    const registration = await this.registrations.recall(state.registrationId);
    const token = await this.tokens.verify(idToken, registration);
    if (token.nonce !== state.nonce) throw await this.foreignNonce(registration, token.nonce);
    const context = launchContextOf(token.payload, registration, this.messages.requiredClaims);
    await this.admit(context, registration);
    const migration = await this.migrationOf(context, registration, token);
    return {
      context: { ...context, ...(migration !== undefined && { lti11: migration.lti11 }) },
      consumerId: migration?.consumerId,
      state,
      registration,
    };
  }

  /**
   * Checks the browser's secret.
   *
   * @param secrets the values from the browser's cookie and from the platform's storage; one of them must be right
   * @returns the nonce, which the launch has to use up
   * @throws {LaunchRefused} `state_foreign`
   */
  nonceFor({ state }: SignedLaunch, secrets: readonly string[]): UnusedNonce {
    if (!secrets.some((secret) => isSecretOf(state, secret))) throw launchErrors.stateForeign();
    return {
      digest: nonceDigest('lti13', [state.registrationId, state.nonce]),
      forgetAt: new Date(state.issuedAt.getTime() + LOGIN_LIFE_MS + NONCE_SLACK_MS),
      refusal: () => launchErrors.stateReplayed(),
    };
  }

  /** Whether the nonce of the launch was used, in this browser or in another one. */
  isUsed({ state }: SignedLaunch): Promise<boolean> {
    return this.nonces.isUsed('lti13', [state.registrationId, state.nonce]);
  }

  private async foreignNonce({ id }: Registration, nonce: string): Promise<LaunchRefused> {
    const isUsed = await this.nonces.isUsed('lti13', [id, nonce]);
    return launchErrors.idTokenRefused(isUsed ? 'nonce_reused' : 'nonce_mismatch');
  }

  private async admit({ user, deploymentId }: Lti13LaunchContext, registration: Registration): Promise<void> {
    const { anonymous, deployments } = this.config.launch;
    if (user === undefined && anonymous === 'refuse') throw launchErrors.anonymousRefused();
    const pending = deployments === 'auto';
    if (await this.registrationLaunches.hasDeployment(registration, deploymentId, { pending })) return;
    if (await this.registrationLaunches.nameDeployment(registration.id, deploymentId)) return;
    if (!pending) throw launchErrors.deploymentUnknown(deploymentId, registration.id);
    await this.registrationLaunches.recordPending(registration.id, deploymentId);
  }

  private migrationOf(
    context: Lti13LaunchContext,
    registration: Registration,
    { nonce, payload }: VerifiedToken,
  ) {
    const claim = payload[Claim.lti1p1];
    if (claim === undefined) return undefined;
    return this.migrations.verify(claim, {
      registrationId: registration.id,
      deploymentId: context.deploymentId,
      issuer: registration.issuer,
      clientId: registration.clientId,
      exp: Number(payload.exp),
      nonce,
      userId: context.user?.id,
      contextId: context.context?.id,
      resourceLinkId: context.resourceLink?.id,
    });
  }
}
