import { Injectable } from '@nestjs/common';
import { type AccessToken } from '../token-store/access-token.js';
import { remember } from '../common/remember.js';

/** What this process has seen of its tokens at work: a platform's 401 may mean the token, or mean permission. */
@Injectable()
export class TokenEvidence {
  private readonly rejected = new Map<string, true>();
  private readonly workedAt = new Map<string, Date>();
  private readonly seenAt = new Map<string, Date>();
  private readonly forcedAt = new Map<string, Date>();

  /** This process has the token. */
  seen({ hash }: AccessToken, at: Date): void {
    if (!this.seenAt.has(hash)) remember(this.seenAt, hash, at);
  }

  /** By the process' own clock where that makes it older: the clock of the one who asked for it may run ahead. */
  ageMs(token: AccessToken, now: Date): number {
    const seenMs = this.seenAt.get(token.hash)?.getTime() ?? now.getTime();
    return Math.max(token.ageMs(now), now.getTime() - seenMs);
  }

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

  /** No new token came of it: the rejected one may be good elsewhere, and nobody has to wait for a minute. */
  forcedRenewalFailed(keyId: string, { hash }: AccessToken): void {
    this.forcedAt.delete(keyId);
    this.rejected.delete(hash);
  }
}
