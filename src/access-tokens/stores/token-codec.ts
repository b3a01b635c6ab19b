import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { AccessToken, type AccessTokenKey } from '../access-token.js';
import { type TokenCipher } from '../token-cipher.js';
import { type RenewalFailure, type StoredAccess, type StoredAccessInfo } from './token-store.js';

const MAX_DATE_MS = 8.64e15;
const MAX_TOKENS = 10_000;
/** How many keys are warned of by name. */
const MAX_WARNED = 1000;

const date = z
  .int()
  .min(-MAX_DATE_MS)
  .max(MAX_DATE_MS)
  .transform((ms) => new Date(ms));

/** A token without its value. Dates in milliseconds since 1970. */
const factsSchema = z.object({
  scopes: z.array(z.string()),
  issuedAt: date,
  expiresAt: date,
  repeated: z.boolean(),
  forcedAt: date.optional(),
});

const failureSchema = z.object({
  kind: z.enum(['refused', 'scope', 'failed']),
  message: z.string(),
  platformError: z.string().optional(),
  retryAt: date,
  attempts: z.int(),
});

/** Three fields of an entry: the encrypted value of the token, its facts as JSON, the failure as JSON. */
export type EntryFields = readonly Field[];
type Field = string | null | undefined;

/** The fields of an entry in a list, without the token. */
export interface ListedFields {
  keyId: string;
  registrationId: string;
  /** `AccessToken.hash` */
  hash: string | null;
  facts: string | null;
  failure: string | null;
  /** The holder of the lease, while there is one. */
  holder: string | null;
}

interface DecryptedToken {
  encrypted: string;
  facts: string;
  token: AccessToken;
}

/** Writes and reads tokens and failures as stores outside this process keep them. */
export class TokenCodec {
  private readonly logger: Logger;
  private readonly warned = new Set<string>();
  /** An entry that has not changed since it was last read is not decrypted again. Most have not. */
  private readonly decrypted = new LRUCache<string, DecryptedToken>({ max: MAX_TOKENS });

  /** @param place where the entries are stored, such as `Redis` */
  constructor(
    private readonly cipher: TokenCipher,
    private readonly place: string,
  ) {
    this.logger = new Logger(`${place}TokenStore`);
  }

  /** The token's value, encrypted, and its facts. */
  write(key: AccessTokenKey, token: AccessToken): { encrypted: string; facts: string } {
    const { value, scopes, issuedAt, expiresAt, repeated, forcedAt } = token;
    const facts: z.input<typeof factsSchema> = {
      scopes: [...scopes],
      issuedAt: issuedAt.getTime(),
      expiresAt: expiresAt.getTime(),
      repeated,
      forcedAt: forcedAt?.getTime(),
    };
    return { encrypted: this.cipher.encrypt(key, value), facts: JSON.stringify(facts) };
  }

  writeFailure({ kind, message, platformError, retryAt, attempts }: RenewalFailure): string {
    const failure: z.input<typeof failureSchema> = {
      kind,
      message,
      platformError,
      retryAt: retryAt.getTime(),
      attempts,
    };
    return JSON.stringify(failure);
  }

  /** The entry of a key. A token that cannot be decrypted, or has another shape, is a miss and is logged. */
  read(key: AccessTokenKey, [encrypted, facts, failureJson]: EntryFields): StoredAccess | undefined {
    const failure = this.readFailure(key.id, failureJson);
    if (!isPresent(encrypted) && !isPresent(facts)) return failure && { failure };
    const token = this.readToken(key, encrypted, facts);
    return {
      ...(token === undefined ? { unreadable: true } : { token }),
      ...(failure !== undefined && { failure }),
    };
  }

  /** What an operator may see of an entry. Fields of another shape are left out. */
  readListed(fields: ListedFields): StoredAccessInfo {
    const { keyId, registrationId, hash, holder } = fields;
    const facts = this.readFacts(keyId, fields.facts);
    const failure = this.readFailure(keyId, fields.failure);
    return {
      keyId,
      registrationId,
      ...(facts !== undefined &&
        hash !== null && {
          token: {
            scopes: facts.scopes,
            issuedAt: facts.issuedAt,
            expiresAt: facts.expiresAt,
            hash,
            ...(facts.repeated && { repeated: true }),
          },
        }),
      ...(failure !== undefined && { failure }),
      ...(holder !== null && { lease: { holder } }),
    };
  }

  /** Warns once for each key that its entry has another shape. Another program, or another version, may have written many. */
  warn(keyId: string): void {
    if (this.warned.has(keyId) || this.warned.size >= MAX_WARNED) return;
    this.warned.add(keyId);
    this.logger.warn(
      `The entry of access token ${keyId} in ${this.place} is not in the format of this version of nest-lti. A new token is requested.`,
    );
  }

  private readToken(key: AccessTokenKey, encrypted: Field, factsJson: Field): AccessToken | undefined {
    const known = this.decrypted.get(key.id);
    if (known !== undefined && known.encrypted === encrypted && known.facts === factsJson) return known.token;
    const facts = this.readFacts(key.id, factsJson);
    if (!isPresent(encrypted) || !isPresent(factsJson) || facts === undefined) {
      this.warn(key.id);
      return undefined;
    }
    const value = this.cipher.decrypt(key, encrypted);
    if (value === undefined) return undefined;
    const token = new AccessToken({ ...facts, value });
    this.decrypted.set(key.id, { encrypted, facts: factsJson, token });
    return token;
  }

  private readFacts(keyId: string, json: Field): z.output<typeof factsSchema> | undefined {
    return this.parse(factsSchema, keyId, json);
  }

  private readFailure(keyId: string, json: Field): RenewalFailure | undefined {
    return this.parse(failureSchema, keyId, json);
  }

  private parse<T>(schema: z.ZodType<T>, keyId: string, json: Field): T | undefined {
    if (!isPresent(json)) return undefined;
    const value = parsed(schema, json);
    if (value === undefined) this.warn(keyId);
    return value;
  }
}

function parsed<T>(schema: z.ZodType<T>, json: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

function isPresent(field: Field): field is string {
  return typeof field === 'string';
}
