import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { IsNull, Repository } from 'typeorm';
import { KeyRing } from '../../common/encryption.js';
import { LTI_DATA_SOURCE } from '../../database/lti-data-source.js';
import { Lti11Consumer, encryptionContextOf } from './lti11-consumer.entity.js';

export interface Lti11Secret {
  /** Undefined for an unknown key. */
  consumer: Pick<Lti11Consumer, 'id' | 'registrationId'> | undefined;
  secret: string;
}

/** What launches of LTI 1.1, and those that migrate from it, are verified with. */
@Injectable()
export class Lti11SecretService {
  /** For unknown keys: it takes the same time to decrypt, and no valid signature is made with it. */
  private readonly nobodys: Pick<Lti11Consumer, 'id' | 'encryptedSecret'>;

  constructor(
    @InjectRepository(Lti11Consumer, LTI_DATA_SOURCE) private readonly consumers: Repository<Lti11Consumer>,
    private readonly keyRing: KeyRing,
  ) {
    const id = 'nobody';
    const encryptedSecret = keyRing.encrypt(randomBytes(32).toString('base64url'), encryptionContextOf(id));
    this.nobodys = { id, encryptedSecret };
  }

  /**
   * The secret behind a consumer key. There is one behind every key, and all take the same work, so that keys cannot be
   * found by trying: see whether there is a consumer *after* the signature was compared.
   *
   * @throws CannotDecrypt
   */
  async of(consumerKey: string): Promise<Lti11Secret> {
    const consumer = await this.consumers.findOneBy({ consumerKey, deletedAt: IsNull() });
    const { id, encryptedSecret } = consumer ?? this.nobodys;
    return {
      consumer: consumer ?? undefined,
      secret: this.keyRing.decrypt(encryptedSecret, encryptionContextOf(id)),
    };
  }
}
