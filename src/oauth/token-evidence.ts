import { type AccessToken } from '../token-store/access-token.js';

const MAX_REMEMBERED = 10_000;

/** What this process has seen of its tokens at work: a platform's 401 may mean the token, or mean permission. */
export class TokenEvidence {
  private readonly rejected = new Map<string, true>();
  private readonly workedAt = new Map<string, Date>();
  private readonly forcedAt = new Map<string, Date>();

  /** A service answered this token with something other than 401. */
  worked({ hash }: AccessToken, at: Date): void {
    remember(this.workedAt, hash, at);
  }

  hasWorkedSince({ hash }: AccessToken, since: Date): boolean {
    const at = this.workedAt.get(hash);
    return at !== undefined && at > since;
  }

  /** This token is dead: it is never taken back, not from the store either. */
  reject({ hash }: AccessToken): void {
    remember(this.rejected, hash, true);
  }

  /** The platform stands by this token: some give the same one until its end, and a 401 was about permission then. */
  granted({ hash }: AccessToken): void {
    this.rejected.delete(hash);
  }

  isRejected({ hash }: AccessToken): boolean {
    return this.rejected.has(hash);
  }

  forcedRenewal(keyId: string, at: Date): void {
    remember(this.forcedAt, keyId, at);
  }

  lastForcedRenewal(keyId: string): Date | undefined {
    return this.forcedAt.get(keyId);
  }
}

function remember<T>(map: Map<string, T>, name: string, value: T): void {
  map.delete(name);
  map.set(name, value);
  if (map.size <= MAX_REMEMBERED) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
