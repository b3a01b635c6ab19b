import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import {
  calculateJwkThumbprint,
  type CryptoKey,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
  type JSONWebKeySet,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { type Client } from 'pg';
import { IsNull, Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { KeyRing } from '../common/encryption.js';
import { LtiConfig } from '../config/lti-config.js';
import { StaleIfErrorCache } from '../database/stale-if-error.cache.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { SessionLock, withSessionLock } from '../database/session-lock.js';
import { checkKeyRing } from './encryption-check.js';
import { encryptionContextOf, ToolKey } from './tool-key.entity.js';

interface ToolKeys {
  signer: { kid: string; privateKey: CryptoKey };
  jwks: JSONWebKeySet;
}

/** SEC 5.1.1: the algorithm that every platform must know. */
const ALGORITHM = 'RS256';
const MODULUS_BITS = 2048;
/** They are read all at once. */
const ALL = 'all';

/**
 * Our signing keys: made once at boot, encrypted at rest, used for signatures, and published. They are kept in memory, so that both
 * go on in an outage of the database; another process' rotation is noticed within 60 s.
 */
@Injectable()
export class ToolKeyService implements OnModuleInit {
  private readonly copies: StaleIfErrorCache<ToolKeys>;

  constructor(
    @InjectRepository(ToolKey, LTI_DATA_SOURCE) private readonly keys: Repository<ToolKey>,
    @Inject(LtiConfig) private readonly config: LtiConfig,
    private readonly keyRing: KeyRing,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.copies = new StaleIfErrorCache('signing keys', 1, clock);
  }

  /** @throws {ConfigurationInvalid} `wrong_encryption_keys` */
  async onModuleInit(): Promise<void> {
    const { directUrl, url } = this.config.database;
    await withSessionLock(directUrl ?? url, SessionLock.firstSecrets, async (client) => {
      await checkKeyRing(client, this.keyRing);
      await this.ensureKey(client);
    });
    await this.read();
  }

  /** A JWT of ours over `payload`, whose times the caller sets. */
  async sign(payload: JWTPayload): Promise<string> {
    const { signer } = await this.read();
    return new SignJWT(payload)
      .setProtectedHeader({ alg: ALGORITHM, kid: signer.kid, typ: 'JWT' })
      .sign(signer.privateKey);
  }

  /** The public parts of all keys that are not retired, the newest first. */
  async jwks(): Promise<JSONWebKeySet> {
    return (await this.read()).jwks;
  }

  private async ensureKey(client: Client): Promise<void> {
    const { rowCount } = await client.query(
      'SELECT 1 FROM nest_lti.tool_key WHERE retired_at IS NULL LIMIT 1',
    );
    if (rowCount !== 0) return;
    const pair = await generateKeyPair(ALGORITHM, { modulusLength: MODULUS_BITS, extractable: true });
    const publicJwk = await exportJWK(pair.publicKey);
    const kid = await calculateJwkThumbprint(publicJwk);
    await this.keys.insert({
      kid,
      algorithm: ALGORITHM,
      publicJwk: { ...publicJwk },
      encryptedPrivateKey: this.keyRing.encrypt(await exportPKCS8(pair.privateKey), encryptionContextOf(kid)),
      createdAt: this.clock.now(),
      retiredAt: null,
    });
  }

  private read(): Promise<ToolKeys> {
    return this.copies.read(ALL, () => this.load());
  }

  private async load(): Promise<ToolKeys> {
    const rows = await this.keys.find({
      where: { retiredAt: IsNull() },
      order: { createdAt: 'DESC', kid: 'ASC' },
    });
    const [newest] = rows;
    if (newest === undefined) throw new Error('There is no signing key: the boot did not finish.');
    const pkcs8 = this.keyRing.decrypt(newest.encryptedPrivateKey, encryptionContextOf(newest.kid));
    return {
      signer: { kid: newest.kid, privateKey: await importPKCS8(pkcs8, newest.algorithm) },
      // alg and use are for the platforms: Moodle fetches a key set without alg anew for every token.
      jwks: { keys: rows.map((row) => ({ ...row.publicJwk, kid: row.kid, alg: row.algorithm, use: 'sig' })) },
    };
  }
}
