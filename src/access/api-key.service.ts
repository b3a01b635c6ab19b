import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../common/clock.js';
import { type Page, pageOf, type PageQuery } from '../common/page.schema.js';
import { idPage } from '../database/id-page.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { accessErrors } from './access.errors.js';
import { hashOfKey, isHashOfKey, newKey } from './api-key-hash.js';
import { ApiKeyUsage } from './api-key-usage.js';
import { ApiKey, type ApiKeyInfo, CONFIGURED_KEY_ID } from './api-key.entity.js';
import { type CreateApiKey } from './api-key.schema.js';

/** A key at the only moment when it is known. */
export interface CreatedApiKey {
  /** Not kept: show it now. */
  key: string;
  /** The key's name and scope. */
  info: ApiKeyInfo;
}

const infoColumns = {
  id: true,
  name: true,
  scope: true,
  createdAt: true,
  lastUsedAt: true,
  revokedAt: true,
} as const;
const worksForWriting = { scope: 'write', revokedAt: IsNull() } as const;

/**
 * The API keys of the REST API, each with a scope. Only their hashes are stored.
 *
 * @example
 * const { key, info } = await apiKeys.create({ name: 'reporting', scope: 'read' });
 */
@Injectable()
export class ApiKeyService {
  constructor(
    @InjectRepository(ApiKey, LTI_DATA_SOURCE) private readonly keys: Repository<ApiKey>,
    private readonly usage: ApiKeyUsage,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Creates an API key.
   *
   * @example
   * const { key } = await apiKeys.create({ name: 'reporting', scope: 'read' });
   */
  create(body: CreateApiKey): Promise<CreatedApiKey> {
    return this.insert(this.keys.manager, body);
  }

  /**
   * A first key with scope `write`, when no key that works may write; undefined otherwise.
   *
   * @example
   * const key = await apiKeys.createFirst();
   */
  createFirst(): Promise<string | undefined> {
    return this.keys.manager.transaction(async (manager) => {
      // So that of several processes that start together one makes it. Those who read are not kept waiting.
      await manager.query('LOCK TABLE nest_lti.api_key IN SHARE ROW EXCLUSIVE MODE');
      if (await manager.existsBy(ApiKey, worksForWriting)) return undefined;
      return (await this.insert(manager, { name: 'first', scope: 'write' })).key;
    });
  }

  /** Whether a valid key with the scope `write` exists. */
  exists(): Promise<boolean> {
    return this.keys.existsBy(worksForWriting);
  }

  /**
   * Lists all keys, revoked ones too, the newest first unless the query has another order.
   *
   * @example
   * const { items } = await apiKeys.list({ limit: 50 }, ({ name, lastUsedAt }) => ({ name, lastUsedAt }));
   */
  async list<T>(query: PageQuery, view: (key: ApiKeyInfo) => T): Promise<Page<T>> {
    const { after, find, page } = idPage(query);
    const rows: ApiKeyInfo[] = await this.keys.find({ select: infoColumns, where: after, ...find });
    return pageOf(rows, page, ({ id }) => id, view);
  }

  /**
   * Soft: the key opens nothing from now on, its row stays in the list. Revoking it again changes nothing.
   *
   * @throws {NotFound} `api_key_not_found`; {Conflict} `last_write_key`, `api_key_configured`
   * @example
   * await apiKeys.revoke(id);
   */
  async revoke(id: string): Promise<void> {
    await this.keys.manager.transaction(async (manager) => {
      // Locks all keys in one order: of two requests that revoke the last two keys, the second sees that one is left.
      const writers = await manager.find(ApiKey, {
        select: { id: true },
        where: worksForWriting,
        order: { id: 'ASC' },
        lock: { mode: 'pessimistic_write' },
      });
      const key = await manager.findOneBy(ApiKey, { id });
      if (key === null) throw accessErrors.keyNotFound(id);
      if (id === CONFIGURED_KEY_ID) throw accessErrors.keyConfigured();
      if (key.revokedAt !== null) return;
      if (key.scope === 'write' && writers.length <= 1) throw accessErrors.lastWriteKey();
      await manager.update(ApiKey, { id, revokedAt: IsNull() }, { revokedAt: this.clock.now() });
    });
  }

  /**
   * The key that a request brings. Notes the time, at most once a minute.
   *
   * @throws {AccessDenied} `api_key_rejected`
   * @example
   * const { scope } = await apiKeys.authenticate(apiKey);
   */
  async authenticate(key: string): Promise<ApiKeyInfo> {
    const found = await this.keys.findOneBy({ keyHash: hashOfKey(key), revokedAt: IsNull() });
    if (found === null || !isHashOfKey(found.keyHash, key)) throw accessErrors.keyRejected();
    const { keyHash: _, ...info } = found;
    this.usage.note(info);
    return info;
  }

  private async insert(manager: EntityManager, { name, scope }: CreateApiKey): Promise<CreatedApiKey> {
    const key = newKey();
    const info = {
      id: uuidv7(),
      name,
      scope,
      createdAt: this.clock.now(),
      lastUsedAt: null,
      revokedAt: null,
    };
    await manager.insert(ApiKey, { ...info, keyHash: hashOfKey(key) });
    return { key, info };
  }
}
