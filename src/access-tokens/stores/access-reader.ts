import { Logger } from '@nestjs/common';
import { remember } from '../../common/remember.js';
import { AccessToken } from '../access-token.js';
import { type AccessTokenKey } from '../access-token-key.js';
import { type TokenSeal } from './token-seal.js';
import { type StoredAccess } from './token-store.js';
import { readFailure, readTokenFacts } from './access-entry.js';

/** Sealed token, its facts and the failure, as a store outside of this process keeps them. */
export type AccessFields = readonly (string | null | undefined)[];

const MAX_WARNED = 1000;

/** A token that was opened, and what it was opened from. */
interface OpenedToken {
  sealed: string;
  facts: string;
  token: AccessToken;
}

/** Makes what is stored into tokens and failures. What does not open, or has another shape, is a miss that is told. */
export class AccessReader {
  private readonly logger: Logger;
  private readonly warned = new Set<string>();
  /** What has not changed since it was last read needs no decryption: most readings find nothing new. */
  private readonly opened = new Map<string, OpenedToken>();

  /** @param place where it is stored, such as `Redis` */
  constructor(
    private readonly seal: TokenSeal,
    private readonly place: string,
  ) {
    this.logger = new Logger(`${place}TokenStore`);
  }

  /** @param fields `sealed`, `token`, `failure` */
  read(key: AccessTokenKey, [sealed, facts, failureJson]: AccessFields): StoredAccess | undefined {
    const failure = this.readFailure(key.id, failureJson);
    if (!isThere(sealed) && !isThere(facts)) return failure && { failure };
    const token = this.readToken(key, sealed, facts);
    return {
      ...(token === undefined ? { unreadable: true } : { token }),
      ...(failure !== undefined && { failure }),
    };
  }

  readFailure(keyId: string, json: string | null | undefined) {
    if (!isThere(json)) return undefined;
    const failure = readFailure(json);
    if (failure === undefined) this.warn(keyId);
    return failure;
  }

  readFacts(keyId: string, json: string | null | undefined) {
    if (!isThere(json)) return undefined;
    const facts = readTokenFacts(json);
    if (facts === undefined) this.warn(keyId);
    return facts;
  }

  /** Once for each key: other hands may have written many. */
  warn(keyId: string): void {
    if (this.warned.has(keyId) || this.warned.size >= MAX_WARNED) return;
    this.warned.add(keyId);
    this.logger.warn(
      `What ${this.place} holds for the access token ${keyId} was not written by this version of nest-lti. It is asked for anew.`,
    );
  }

  private readToken(
    key: AccessTokenKey,
    sealed: string | null | undefined,
    factsJson: string | null | undefined,
  ): AccessToken | undefined {
    const known = this.opened.get(key.id);
    if (known !== undefined && known.sealed === sealed && known.facts === factsJson) return known.token;
    const facts = this.readFacts(key.id, factsJson);
    if (!isThere(sealed) || !isThere(factsJson) || facts === undefined) {
      this.warn(key.id);
      return undefined;
    }
    const value = this.seal.open(key, sealed);
    if (value === undefined) return undefined;
    const token = new AccessToken({ ...facts, value });
    remember(this.opened, key.id, { sealed, facts: factsJson, token });
    return token;
  }
}

function isThere(field: string | null | undefined): field is string {
  return typeof field === 'string';
}
