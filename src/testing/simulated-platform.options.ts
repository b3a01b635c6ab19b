import { type Clock } from '../common/clock.js';
import { type FamilyName } from './families/family.js';
import { type SigningAlgorithm } from './keys/signing-key-pair.js';

/**
 * How a simulated platform is started.
 *
 * @example
 * await SimulatedPlatform.start({ family: 'canvas', throttles: false, tokenLifeSeconds: 60 });
 */
export interface SimulatedPlatformOptions {
  /** The product that is simulated; `generic` by default. */
  readonly family?: FamilyName;
  /**
   * Whether the issuer is the platform's own address, as of a self-hosted Canvas with `lti_iss`. By default only of families that
   * have no issuer for all customers.
   */
  readonly ownIssuer?: boolean | undefined;
  /** Any free port by default. */
  readonly port?: number;
  /** A loopback address or name; 127.0.0.1 by default. */
  readonly host?: string;
  /** Of the tokens, keys, launches and delays; the system's clock by default. */
  readonly clock?: Clock;
  /** The life of access tokens; 3600 by default. */
  readonly tokenLifeSeconds?: number;
  /** Whether it throttles if its family does, as Canvas does; true by default. */
  readonly throttles?: boolean | undefined;
  /** A query that is part of the authorization URL, such as `tenant=7`, and that requests must keep. */
  readonly authorizationQuery?: string;
  /** The algorithm that signs id_tokens; RS256 by default. */
  readonly keyAlgorithm?: SigningAlgorithm;
}
