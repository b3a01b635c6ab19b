import { type Registration } from '../registrations/registration.entity.js';
import { type AccessToken } from './access-token.js';
import { type AccessTokenKey } from './access-token-key.js';
import { remember } from '../common/remember.js';

/** A token in this process' memory. */
export interface LocalToken {
  readonly key: AccessTokenKey;
  readonly token: AccessToken;
  /** The token, ready for any number of callers. */
  readonly answer: Promise<AccessToken>;
  /** In epoch milliseconds: served without asking anybody until then. */
  goodUntilMs: number;
  /** In epoch milliseconds: when this process would begin an early renewal. */
  readonly earlyRenewalMs: number;
  /** The store lacks it: it was granted while the store was down, or too late for it. */
  isUnstored: boolean;
}

/** The tokens that a process keeps in plain, in front of the store. Design rule "At rest". */
export class LocalTokenCache {
  private readonly byKey = new Map<string, LocalToken>();
  /** The same by registration, for those with all their scopes: found without making a key, which takes a hash. */
  private readonly byRegistration = new Map<string, LocalToken>();

  /** What is kept for all scopes of a registration, good or not. */
  ofWhole({ id, revision, scopes, refusedScopes }: Registration): LocalToken | undefined {
    const local = this.byRegistration.get(id);
    if (local?.key.revision !== revision || refusedScopes.length > 0) return undefined;
    return local.key.scopes.length === scopes.length ? local : undefined;
  }

  /** What is kept under a key, good or not. */
  get(key: AccessTokenKey): LocalToken | undefined {
    return this.byKey.get(key.id);
  }

  put(local: LocalToken, { scopes }: Registration): void {
    remember(this.byKey, local.key.id, local);
    const isWhole = scopes.every((scope) => local.key.scopes.includes(scope));
    if (isWhole) remember(this.byRegistration, local.key.registrationId, local);
  }

  /** Another process may know better: the store is asked before the token is used again. */
  doubt(keyId: string | undefined): void {
    if (keyId === undefined) {
      for (const local of this.byKey.values()) local.goodUntilMs = 0;
      return;
    }
    const local = this.byKey.get(keyId);
    if (local !== undefined) local.goodUntilMs = 0;
  }

  forgetRegistration(registrationId: string): void {
    this.byRegistration.delete(registrationId);
    for (const [keyId, { key }] of this.byKey) {
      if (key.registrationId === registrationId) this.byKey.delete(keyId);
    }
  }
}
