import { MemoryTokenStore } from '../../src/access-tokens/stores/memory-token-store.js';
import { type TokenStore } from '../../src/access-tokens/stores/token-store.js';

type Operation = Exclude<keyof TokenStore, 'shared' | 'onChange' | 'close'>;
type Fault = 'rejects' | 'hangs';

/** A store that counts its calls and fails on demand: with an error, or without any answer. */
export class FaultyTokenStore implements TokenStore {
  readonly shared = false;
  /** The fault of each operation; `all` is for all of them. */
  readonly faults = new Map<Operation | 'all', Fault>();
  readonly calls: Partial<Record<Operation, number>> = {};

  constructor(readonly inner: TokenStore = new MemoryTokenStore()) {}

  get: TokenStore['get'] = (key) => this.pass('get', () => this.inner.get(key));
  acquire: TokenStore['acquire'] = (key, request) =>
    this.pass('acquire', () => this.inner.acquire(key, request));
  extend: TokenStore['extend'] = (lease, termMs) =>
    this.pass('extend', () => this.inner.extend(lease, termMs));
  commit: TokenStore['commit'] = (lease, token) => this.pass('commit', () => this.inner.commit(lease, token));
  fail: TokenStore['fail'] = (lease, failure) => this.pass('fail', () => this.inner.fail(lease, failure));
  release: TokenStore['release'] = (lease) => this.pass('release', () => this.inner.release(lease));
  delete: TokenStore['delete'] = (key, hash) => this.pass('delete', () => this.inner.delete(key, hash));
  deleteRegistration: TokenStore['deleteRegistration'] = (id) =>
    this.pass('deleteRegistration', () => this.inner.deleteRegistration(id));
  list: TokenStore['list'] = (id) => this.pass('list', () => this.inner.list(id));

  onChange(listener: (keyId: string | undefined) => void): () => void {
    return this.inner.onChange(listener);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  get callCount(): number {
    return Object.values(this.calls).reduce((sum, count) => sum + count, 0);
  }

  private pass<T>(operation: Operation, call: () => Promise<T>): Promise<T> {
    this.calls[operation] = (this.calls[operation] ?? 0) + 1;
    const fault = this.faults.get(operation) ?? this.faults.get('all');
    if (fault === 'rejects') return Promise.reject(new Error('ECONNREFUSED 10.0.0.1'));
    if (fault === 'hangs') return new Promise(() => undefined);
    return call();
  }
}
