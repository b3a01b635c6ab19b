import { Injectable } from '@nestjs/common';
import { remember } from '../common/remember.js';
import { type AccessToken } from './access-token.js';
import { type RefusedCall } from './access-token.errors.js';

/** How long a refusal says something about the next one: a course may be opened again, and tokens die. */
const REFUSAL_COUNTS_MS = 15 * 60_000;

/** The last 401 to a call. */
export interface EarlierRefusal extends RefusedCall {
  /** It was about permission. */
  conclusive?: true;
}

/** What this process has seen of its tokens at work: a platform's 401 may mean the token, or mean permission. */
@Injectable()
export class TokenEvidence {
  private readonly aside = new Map<string, true>();
  private readonly workedMs = new Map<string, number>();
  private readonly refusals = new Map<string, EarlierRefusal>();

  /**
   * A service answered this token with something other than an error.
   *
   * @param sentMs when the request was sent: epoch milliseconds of this process
   */
  worked(call: string, { hash }: AccessToken, sentMs: number): void {
    const lastMs = this.workedMs.get(hash);
    if (lastMs === undefined || lastMs < sentMs) remember(this.workedMs, hash, sentMs);
    if (this.refusals.size > 0) this.refusals.delete(call);
  }

  /** Whether a request with this token that was sent after this moment has succeeded. Both times by the process' clock. */
  hasWorkedSince(tokenHash: string, sinceMs: number, nowMs: number): boolean {
    const lastMs = this.workedMs.get(tokenHash);
    // A clock that was set back makes evidence of the future, which proves nothing.
    return lastMs !== undefined && lastMs > sinceMs && lastMs <= nowMs;
  }

  /** Keeps the newest refusal of each call. */
  refused(refusal: EarlierRefusal): void {
    const known = this.refusals.get(refusal.call);
    if (known !== undefined && known.refusedAtMs > refusal.refusedAtMs) return;
    remember(this.refusals, refusal.call, refusal);
  }

  /** The last refusal of a call that was not answered otherwise since. */
  earlierRefusal(call: string, nowMs: number): EarlierRefusal | undefined {
    const refusal = this.refusals.get(call);
    return refusal !== undefined && nowMs - refusal.refusedAtMs < REFUSAL_COUNTS_MS ? refusal : undefined;
  }

  /** A renewal of this token is under way, or has brought another one: no call is given it. */
  setAside({ hash }: AccessToken): void {
    remember(this.aside, hash, true);
  }

  /** The renewal brought no other token: this one goes on serving. */
  takeBack({ hash }: AccessToken): void {
    this.aside.delete(hash);
  }

  isAside({ hash }: AccessToken): boolean {
    return this.aside.has(hash);
  }
}
