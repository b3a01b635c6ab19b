import { Cluster, type Redis } from 'ioredis';
import { type TokenSeal } from '../token-seal.js';
import { type RedisKeys } from './redis-keys.js';
import { RESEAL } from './redis-scripts.js';

const BATCH = 100;

/** Seals with the present key what an older one has sealed. A token that was renewed meanwhile stays. */
export class Resealing {
  private readonly underWay = new Set<string>();
  readonly #client: Redis | Cluster;
  readonly #seal: TokenSeal;

  constructor(
    client: Redis | Cluster,
    private readonly keys: RedisKeys,
    seal: TokenSeal,
  ) {
    this.#client = client;
    this.#seal = seal;
  }

  /** Nobody waits for it, and if it fails the next reader tries again. */
  inBackground(key: { id: string; registrationId: string }, sealed: string): void {
    if (this.#seal.isCurrent(sealed) || this.underWay.has(key.id)) return;
    this.underWay.add(key.id);
    this.reseal(this.keys.access(key), key.id, sealed)
      .catch(() => undefined)
      .finally(() => this.underWay.delete(key.id));
  }

  /** @returns how many entries were sealed anew */
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
      const done = await Promise.all(names.map((name) => this.resealNamed(name)));
      count += done.filter(Boolean).length;
      cursor = next;
    } while (cursor !== '0');
    return count;
  }

  private async resealNamed(name: string): Promise<boolean> {
    const sealed = await this.#client.hget(name, 'sealed');
    if (sealed === null || this.#seal.isCurrent(sealed)) return false;
    return this.reseal(name, this.keys.keyIdOf(name), sealed);
  }

  private async reseal(name: string, id: string, sealed: string): Promise<boolean> {
    const value = this.#seal.open({ id }, sealed);
    if (value === undefined) return false;
    return (await RESEAL.run(this.#client, [name], [sealed, this.#seal.seal({ id }, value)])) === 1;
  }
}
