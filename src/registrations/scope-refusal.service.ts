import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { Registration, type RefusedScope } from './registration.entity.js';
import { RegistrationMemory } from './registration-memory.js';

/** How long a refused scope is left out of token requests. */
export const REFUSAL_LASTS_MS = 24 * 3_600_000;

/** The outcome of two token requests: the platform refused `asked` as a whole, then granted `granted`. */
export interface ScopeOutcome {
  asked: readonly string[];
  granted: readonly string[];
  askedAt: Date;
}

/** Stores with the registration which scopes its platform refuses (docs/tokens.md, rule 2). */
@Injectable()
export class ScopeRefusalService {
  constructor(
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly memory: RegistrationMemory,
  ) {}

  /**
   * Stores the outcome and returns the scopes that are refused now. Nothing is stored for a registration that was edited
   * meanwhile: the edit cleared its refusals on purpose.
   */
  async store(registration: Registration, outcome: ScopeOutcome): Promise<RefusedScope[]> {
    try {
      return await this.write(registration, outcome);
    } finally {
      // The cached registration lacks this outcome, or is older than the edit.
      this.memory.forget(registration.id);
    }
  }

  private async write(
    { id, revision }: Registration,
    { asked, granted, askedAt }: ScopeOutcome,
  ): Promise<RefusedScope[]> {
    return this.dataSource.transaction(async (manager) => {
      const row = await manager.findOne(Registration, {
        where: { id, revision },
        lock: { mode: 'pessimistic_write' },
      });
      if (row === null) return [];
      // A scope that is already listed explains the refusal, so the other scopes of the request stay unlisted: the platform may
      // grant them without the listed one.
      const explained = row.refusedScopes.some(
        (refused) => asked.includes(refused.scope) && isStillRefused(refused, askedAt),
      );
      const listed = explained
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

/** Whether a scope was refused within the last day, so that it is left out of token requests. */
export function isStillRefused({ refusedAt }: RefusedScope, now: Date): boolean {
  return Date.parse(refusedAt) > now.getTime() - REFUSAL_LASTS_MS;
}
