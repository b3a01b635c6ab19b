import { Cluster, type Redis } from 'ioredis';
import { SingleFlight } from '../../../common/single-flight.js';
import { type TokenCipher } from '../../token-cipher.js';
import { type RedisKeys } from './redis-keys.js';
import { REENCRYPT } from './redis-scripts.js';

const BATCH = 100;

/** Encrypts tokens with the first key of the ring that were encrypted with an older one. A token that was renewed meanwhile stays. */
export class RedisReencryption {
  private readonly inProgress = new SingleFlight<boolean>();
  readonly #client: Redis | Cluster;
  readonly #cipher: TokenCipher;

  constructor(
    client: Redis | Cluster,
    private readonly keys: RedisKeys,
    cipher: TokenCipher,
  ) {
    this.#client = client;
    this.#cipher = cipher;
  }

  /** The reader does not wait for it. After a failure the next reader tries again. */
  inBackground(key: { id: string; registrationId: string }, encrypted: string): void {
    if (this.#cipher.isCurrent(encrypted)) return;
    this.inProgress
      .run(key.id, () => this.reencrypt(this.keys.access(key), key.id, encrypted))
      .catch(() => undefined);
  }

  /** @returns how many tokens were re-encrypted */
  async all(): Promise<number> {
    const client = this.#client;
    let count = 0;
    for (const node of client instanceof Cluster ? client.nodes('master') : [client]) {
      count += await this.allOf(node);
    }
    return count;
  }

  private async allOf(node: Redis): Promise<number> {
    let count = 0;
    let cursor = '0';
    do {
      const [next, names] = await node.scan(cursor, 'MATCH', this.keys.accessPattern, 'COUNT', BATCH);
      const done = await Promise.all(names.map((name) => this.reencryptNamed(name)));
      count += done.filter(Boolean).length;
      cursor = next;
    } while (cursor !== '0');
    return count;
  }

  private async reencryptNamed(name: string): Promise<boolean> {
    const encrypted = await this.#client.hget(name, 'sealed');
    if (encrypted === null || this.#cipher.isCurrent(encrypted)) return false;
    return this.reencrypt(name, this.keys.keyIdOf(name), encrypted);
  }

  private async reencrypt(name: string, id: string, encrypted: string): Promise<boolean> {
    const value = this.#cipher.decrypt({ id }, encrypted);
    if (value === undefined) return false;
    const args = [encrypted, this.#cipher.encrypt({ id }, value)];
    return (await REENCRYPT.run(this.#client, [name], args)) === 1;
  }
}
