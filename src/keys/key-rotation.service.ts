import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { exportJWK, importPKCS8 } from 'jose';
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { In, Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { LtiConfig } from '../config/lti-config.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { SessionLock, withSessionLock } from '../database/session-lock.js';
import { Intervals } from '../jobs/intervals.js';
import { Periodic } from '../jobs/periodic.js';
import { TOOL_KEY_ALGORITHMS, type ToolKeyAlgorithm } from './key-signer.js';
import { keyErrors } from './keys.errors.js';
import { ToolKey } from './tool-key.entity.js';
import { type StatedKey } from './tool-key-state.js';
import { ToolKeyService } from './tool-key.service.js';

const INTERVAL = 'nest-lti.tool-keys';
const TICK_MS = 60_000;
const MIN_MODULUS_BITS = 2048;

/** Options of `KeyRotationService.rotate`. */
export interface RotateOptions {
  /** Default: RS256. */
  algorithm?: ToolKeyAlgorithm;
  /** How long the new key is published before it signs, in milliseconds. Default: the option `toolKeys.signAfter`. */
  signAfterMs?: number;
}

/**
 * Replaces the signing keys of the tool. A rotation publishes the next key, waits until platforms have read it, signs with it,
 * and publishes the old key for another while, so no message fails. A revocation is for a key that has leaked: it takes
 * effect at once, and what the key has signed fails.
 *
 * @example
 * const { key } = await rotation.rotate(); // signs from key.signsFrom on
 */
@Injectable()
export class KeyRotationService implements OnApplicationBootstrap {
  private readonly logger = new Logger(KeyRotationService.name);
  private readonly periodic = new Periodic(
    this.logger,
    'The signing keys could not be checked for rotation',
    () => this.work(),
  );

  constructor(
    @InjectRepository(ToolKey, LTI_DATA_SOURCE) private readonly rows: Repository<ToolKey>,
    private readonly keys: ToolKeyService,
    @Inject(LtiConfig) private readonly config: Pick<LtiConfig, 'database' | 'toolKeys'>,
    @Inject(Clock) private readonly clock: Clock,
    private readonly intervals: Intervals,
  ) {}

  /** Called by Nest. */
  onApplicationBootstrap(): void {
    const consequence =
      this.config.toolKeys.rotateEvery === 'never' ? undefined : 'Signing keys are not rotated';
    this.intervals.start(this.periodic, INTERVAL, TICK_MS, consequence);
  }

  /**
   * One tick: starts a rotation that is due, and deletes retired keys. A failure is logged; the next tick tries again.
   *
   * @example
   * await rotation.tick();
   */
  tick(): Promise<void> {
    return this.periodic.tick();
  }

  /**
   * All keys, revoked ones too, the newest first.
   *
   * @example
   * const active = (await rotation.list()).filter(({ state }) => state === 'active');
   */
  list(): Promise<StatedKey[]> {
    return this.keys.list();
  }

  /**
   * Publishes a new key, which signs after `signAfterMs`.
   *
   * @throws {Conflict} `key_rotation_under_way` if the key after the active one is published already
   * @example
   * const { key } = await rotation.rotate({ algorithm: 'ES256' });
   */
  rotate({ algorithm = 'RS256', signAfterMs }: RotateOptions = {}): Promise<StatedKey> {
    const wait = signAfterMs ?? this.config.toolKeys.signAfter;
    return this.exclusively(async () => {
      await this.refuseSecondNext(algorithm);
      const key = await this.keys.create(algorithm, new Date(this.clock.nowMs() + wait));
      this.logger.log(`Signing key ${key.kid} is published, and signs from ${key.signsFrom.toISOString()}.`);
      return this.stated(key.kid);
    });
  }

  /**
   * Ends a key in all processes within a second. If it is the active one, the next key signs at once, or a new one.
   * Platforms that keep our key set may trust the revoked key until they read it again.
   *
   * @returns the revoked key; a second revocation changes nothing
   * @throws {NotFound} `tool_key_not_found`
   * @example
   * await rotation.revoke(kid);
   */
  revoke(kid: string): Promise<StatedKey> {
    return this.exclusively(async () => {
      const found = await this.stated(kid);
      if (found.state === 'revoked') return found;
      // Before the end of the old key, so that each moment has a key that signs.
      if (found.state === 'active') await this.signNowWithAnother(found.key.algorithm);
      await this.rows.update({ kid }, { revokedAt: this.clock.now(), encryptedPrivateKey: null });
      this.keys.forget();
      this.logger.warn(`Signing key ${kid} was revoked.`);
      return this.stated(kid);
    });
  }

  /**
   * Takes over a key pair, such as that of the library that the tool has used so far.
   *
   * @param pem PKCS #8
   * @param signNow for a key that the platforms know already; else it is published first, as in a rotation
   * @throws {InvalidRequest} `tool_key_invalid`; {Conflict} `tool_key_exists`, `key_rotation_under_way`
   * @example
   * await rotation.import(pem, { signNow: true });
   */
  async import(pem: string, { signNow }: { signNow: boolean }): Promise<StatedKey> {
    const key = privateKeyOf(pem);
    const algorithm = algorithmOf(key);
    const publicJwk = await exportJWK(createPublicKey(key));
    const reference = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    await importPKCS8(reference, algorithm);
    return this.exclusively(async () => {
      await this.refuseSecondNext(algorithm);
      const signsFrom = new Date(this.clock.nowMs() + (signNow ? 0 : this.config.toolKeys.signAfter));
      const { kid } = await this.keys.insert({ algorithm, publicJwk, reference, signsFrom });
      return this.stated(kid);
    });
  }

  /**
   * The private part of a key, for another library.
   *
   * @returns the private key as PKCS #8 PEM: keep it secret
   * @throws {NotFound} `tool_key_not_found`
   * @throws {Conflict} `tool_key_not_exportable`
   * @example
   * const pem = await rotation.export(kid);
   */
  async export(kid: string): Promise<string> {
    const { key } = await this.stated(kid);
    const reference = this.keys.referenceOf(key);
    if (!reference.startsWith('-----BEGIN PRIVATE KEY-----')) throw keyErrors.notExportable(kid);
    return reference;
  }

  private async work(): Promise<void> {
    const keys = await this.keys.list();
    if (keys.some(({ state }) => state === 'retired')) await this.exclusively(() => this.deleteRetired());
    for (const algorithm of TOOL_KEY_ALGORITHMS) {
      if (this.isDue(keys, algorithm)) await this.rotateIfDue(algorithm);
    }
  }

  private async deleteRetired(): Promise<void> {
    const retired = (await this.keys.list()).filter(({ state }) => state === 'retired');
    await this.rows.delete({ kid: In(retired.map(({ key }) => key.kid)) });
  }

  /** Another process may have done it meanwhile. */
  private rotateIfDue(algorithm: ToolKeyAlgorithm): Promise<void> {
    return this.exclusively(async () => {
      if (!this.isDue(await this.keys.list(), algorithm)) return;
      const signsFrom = new Date(this.clock.nowMs() + this.config.toolKeys.signAfter);
      const { kid } = await this.keys.create(algorithm, signsFrom);
      this.logger.log(`Signing key ${kid} is published, and signs from ${signsFrom.toISOString()}.`);
    });
  }

  private isDue(keys: readonly StatedKey[], algorithm: ToolKeyAlgorithm): boolean {
    const { rotateEvery, signAfter } = this.config.toolKeys;
    if (rotateEvery === 'never') return false;
    const own = keys.filter(({ key }) => key.algorithm === algorithm);
    const active = own.find(({ state }) => state === 'active');
    if (active === undefined || own.some(({ state }) => state === 'next')) return false;
    return active.key.signsFrom.getTime() + rotateEvery - signAfter <= this.clock.nowMs();
  }

  private async signNowWithAnother(algorithm: ToolKeyAlgorithm): Promise<void> {
    const now = this.clock.now();
    const next = (await this.keys.list()).find(
      ({ key, state }) => state === 'next' && key.algorithm === algorithm,
    );
    if (next === undefined) await this.keys.create(algorithm, now);
    else await this.rows.update({ kid: next.key.kid }, { signsFrom: now });
  }

  private async refuseSecondNext(algorithm: ToolKeyAlgorithm): Promise<void> {
    const next = (await this.keys.list()).find(
      ({ key, state }) => state === 'next' && key.algorithm === algorithm,
    );
    if (next !== undefined) throw keyErrors.rotationUnderWay(next.key.kid, next.key.signsFrom);
  }

  private async stated(kid: string): Promise<StatedKey> {
    const found = (await this.keys.list()).find(({ key }) => key.kid === kid);
    if (found === undefined) throw keyErrors.notFound(kid);
    return found;
  }

  /** One process at a time creates, revokes or re-encrypts keys. */
  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    const { directUrl, url } = this.config.database;
    return withSessionLock(directUrl ?? url, SessionLock.firstSecrets, work);
  }
}

function privateKeyOf(pem: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem' });
  } catch {
    throw keyErrors.notImportable('it is not a PEM without a passphrase');
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): ToolKeyAlgorithm {
  if (asymmetricKeyType === 'rsa') {
    if ((asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_MODULUS_BITS) return 'RS256';
    throw keyErrors.notImportable(`it has less than ${MIN_MODULUS_BITS} bits`);
  }
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256';
  throw keyErrors.notImportable(`it is of type ${asymmetricKeyType ?? 'unknown'}`);
}
