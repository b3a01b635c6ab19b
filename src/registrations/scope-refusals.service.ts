import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { Registration, type RefusedScope } from './registration.entity.js';

/** How long a refused scope is left out of token requests. */
export const REFUSAL_LASTS_MS = 24 * 3_600_000;

/** What a platform did with the scopes of two requests: refused `asked` as a whole, then granted `granted` alone. */
export interface ScopeOutcome {
  asked: readonly string[];
  granted: readonly string[];
  askedAt: Date;
}

/** Remembers, on the registration, which scopes a platform refuses. Design rule "Key". */
@Injectable()
export class ScopeRefusals {
  constructor(@InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource) {}

  /**
   * Notes the outcome and returns what is now known to be refused. Nothing is noted for a registration that was edited
   * meanwhile: the edit cleared its refusals on purpose.
   */
  async note(
    { id, revision }: Registration,
    { asked, granted, askedAt }: ScopeOutcome,
  ): Promise<RefusedScope[]> {
    return this.dataSource.transaction(async (manager) => {
      const row = await manager.findOne(Registration, {
        where: { id, revision },
        lock: { mode: 'pessimistic_write' },
      });
      if (row === null) return [];
      // Somebody with other needs met the same refusal at the same time, and listed what it knew not to be granted:
      // adding our own view would strike out what it was just given.
      const noted = row.refusedScopes.some(({ refusedAt }) => new Date(refusedAt) >= askedAt);
      const listed = noted
        ? row.refusedScopes
        : [
            ...row.refusedScopes.filter(({ scope }) => !asked.includes(scope)),
            ...asked.map((scope) => ({ scope, refusedAt: askedAt.toISOString() })),
          ];
      const refusedScopes = listed.filter(({ scope }) => !granted.includes(scope));
      await manager.update(Registration, { id }, { refusedScopes });
      return refusedScopes;
    });
  }
}

/** All scopes of the registration but those refused within the last day. */
export function effectiveScopes({ scopes, refusedScopes }: Registration, now: Date): string[] {
  const since = now.getTime() - REFUSAL_LASTS_MS;
  const refused = new Set(
    refusedScopes.filter(({ refusedAt }) => Date.parse(refusedAt) > since).map(({ scope }) => scope),
  );
  return scopes.filter((scope) => !refused.has(scope));
}
