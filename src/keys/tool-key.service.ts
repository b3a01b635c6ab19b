import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { calculateJwkThumbprint, type JSONWebKeySet, type JWTPayload } from 'jose';
import { IsNull, Repository } from 'typeorm';
import { answerWithin, LATE } from '../common/bounded-wait.js';
import { Clock } from '../common/clock.js';
import { KeyRing } from '../common/encryption.js';
import { LtiConfig } from '../config/lti-config.js';
import { StaleIfErrorCache } from '../database/stale-if-error.cache.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { isUniqueViolation } from '../database/postgres-errors.js';
import { SessionLock, withSessionLock } from '../database/session-lock.js';
import { checkKeyRing } from './encryption-check.js';
import { KeySigner, type ToolKeyAlgorithm } from './key-signer.js';
import { keyErrors } from './keys.errors.js';
import { LocalKeySigner } from './local-key-signer.js';
import { encryptionContextOf, ToolKey } from './tool-key.entity.js';
import { type StatedKey, statesOf } from './tool-key-state.js';

/** All keys are read at once. */
const ALL = 'all';
/** How soon each process notices a revocation. */
const FRESH_MS = 1000;
/** For a signer of the embedder's, such as a KMS. */
const SIGNER_TIMEOUT_MS = 10_000;
const PKCS8 = '-----BEGIN PRIVATE KEY-----';

/** A key pair before it is stored. */
type NewToolKey = Pick<ToolKey, 'algorithm' | 'publicJwk' | 'signsFrom'> & { reference: string };

/**
 * The signing keys of the tool: signs with the active one and publishes the key set. The keys stay in memory, so that both
 * go on in an outage of the database; a change by another process is noticed within a second.
 *
 * @example
 * const jwt = await toolKeys.sign({ iss: 'tool', aud: 'https://lms.example.edu', iat, exp: iat + 60 });
 */
@Injectable()
export class ToolKeyService implements OnModuleInit {
  private readonly copies: StaleIfErrorCache<ToolKey[]>;
  private readonly local = new LocalKeySigner();

  constructor(
    @InjectRepository(ToolKey, LTI_DATA_SOURCE) private readonly keys: Repository<ToolKey>,
    @Inject(LtiConfig) private readonly config: Pick<LtiConfig, 'database' | 'toolKeys'>,
    private readonly keyRing: KeyRing,
    @Inject(KeySigner) private readonly signer: KeySigner,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.copies = new StaleIfErrorCache('signing keys', 1, clock, FRESH_MS);
  }

  /**
   * Called by Nest: checks the encryption keys, and creates the first signing key.
   *
   * @throws {ConfigurationInvalid} `wrong_encryption_keys`
   */
  async onModuleInit(): Promise<void> {
    const { directUrl, url } = this.config.database;
    await withSessionLock(directUrl ?? url, SessionLock.firstSecrets, (client) =>
      checkKeyRing(client, this.keyRing),
    );
    await this.ensureKey('RS256');
  }

  /**
   * Signs with the active key of the algorithm. The first signature with ES256 creates its key.
   *
   * @param payload with all its times
   * @returns a JWT whose header has `alg`, `kid` and `typ: 'JWT'`
   * @throws {Unavailable} `key_signer_timeout`
   * @example
   * const jwt = await toolKeys.sign({ iss: 'tool', aud: 'https://lms.example.edu', iat, exp: iat + 60 });
   */
  async sign(payload: JWTPayload, algorithm: ToolKeyAlgorithm = 'RS256'): Promise<string> {
    const active = (await this.active(algorithm)) ?? (await this.ensureKey(algorithm));
    const key = { kid: active.kid, algorithm, reference: this.referenceOf(active) };
    // A key from the time before the embedder had a signer, or an imported one, is not that signer's.
    const signer = key.reference.startsWith(PKCS8) ? this.local : this.signer;
    return this.inTime(signer.sign(key, payload));
  }

  /**
   * The public parts of the keys that sign, will sign or have lately signed, the newest first. RFC 7517
   *
   * @example
   * const { keys } = await toolKeys.jwks();
   */
  async jwks(): Promise<JSONWebKeySet> {
    const published = this.statesOf(await this.read())
      .filter(({ state }) => state !== 'retired' && state !== 'revoked')
      .sort((a, b) => b.key.signsFrom.getTime() - a.key.signsFrom.getTime());
    return {
      // Moodle fetches a key set without `alg` again for every token.
      keys: published.map(({ key }) => ({ ...key.publicJwk, kid: key.kid, alg: key.algorithm, use: 'sig' })),
    };
  }

  /**
   * All keys as the database has them now, the newest first.
   *
   * @example
   * const keys = await toolKeys.list();
   */
  async list(): Promise<StatedKey[]> {
    return this.statesOf(await this.keys.find({ order: { signsFrom: 'DESC', kid: 'ASC' } }));
  }

  /**
   * Stores a key pair that exists already.
   *
   * @throws {Conflict} `tool_key_exists`
   */
  async insert({ reference, ...fields }: NewToolKey): Promise<ToolKey> {
    const kid = await calculateJwkThumbprint(fields.publicJwk);
    const key = {
      ...fields,
      kid,
      encryptedPrivateKey: this.keyRing.encrypt(reference, encryptionContextOf(kid)),
      createdAt: this.clock.now(),
      revokedAt: null,
    };
    try {
      await this.keys.insert({ ...key, publicJwk: { ...key.publicJwk } });
    } catch (error) {
      if (isUniqueViolation(error, 'tool_key_pkey')) throw keyErrors.exists(kid);
      throw error;
    }
    this.forget();
    return key;
  }

  /** A new key pair of the signer's. */
  async create(algorithm: ToolKeyAlgorithm, signsFrom: Date): Promise<ToolKey> {
    return this.insert({ algorithm, signsFrom, ...(await this.inTime(this.signer.create(algorithm))) });
  }

  /**
   * Decrypts what the signer finds the private part by.
   *
   * @throws {Conflict} `tool_key_not_exportable` for a revoked key
   */
  referenceOf({ kid, encryptedPrivateKey }: ToolKey): string {
    if (encryptedPrivateKey === null) throw keyErrors.notExportable(kid);
    return this.keyRing.decrypt(encryptedPrivateKey, encryptionContextOf(kid));
  }

  /** The next call reads the database. */
  forget(): void {
    this.copies.forget(ALL);
  }

  /** @throws {Unavailable} `key_signer_timeout` */
  private async inTime<T>(work: Promise<T>): Promise<T> {
    const result = await answerWithin(SIGNER_TIMEOUT_MS, work);
    if (result === LATE) throw keyErrors.signerTimeout();
    return result;
  }

  private async active(algorithm: ToolKeyAlgorithm): Promise<ToolKey | undefined> {
    return this.statesOf(await this.read()).find(
      ({ key, state }) => state === 'active' && key.algorithm === algorithm,
    )?.key;
  }

  /** One process creates the first key of an algorithm; the others find it. */
  private async ensureKey(algorithm: ToolKeyAlgorithm): Promise<ToolKey> {
    const { directUrl, url } = this.config.database;
    return withSessionLock(directUrl ?? url, SessionLock.firstSecrets, async () => {
      this.forget();
      return (await this.active(algorithm)) ?? (await this.create(algorithm, this.clock.now()));
    });
  }

  private statesOf(keys: readonly ToolKey[]): StatedKey[] {
    return statesOf(keys, this.clock.now(), this.config.toolKeys.keepFor);
  }

  private read(): Promise<ToolKey[]> {
    return this.copies.read(ALL, () => this.keys.findBy({ revokedAt: IsNull() }));
  }
}
