import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { LtiConfig } from '../config/lti-config.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { BorrowedTokenStore } from './borrowed-token-store.js';
import { MemoryTokenStore } from './memory-token-store.js';
import { TokenSeal } from './token-seal.js';
import { TokenStore } from './token-store.js';

/** Choice is data: what the configuration names, or null for `none`, which is the absence of a store. */
async function tokenStoreFor(
  { tokenStore, database }: LtiConfig,
  seal: TokenSeal,
  dataSource: DataSource,
): Promise<TokenStore | null> {
  switch (tokenStore.type) {
    case 'none':
      return null;
    case 'memory':
      return new MemoryTokenStore();
    case 'postgres': {
      const { PostgresTokenStore } = await import('./postgres/postgres-token-store.js');
      return new PostgresTokenStore(dataSource, seal, database.directUrl ?? database.url);
    }
    case 'redis': {
      // Its driver is loaded only where it is wanted.
      const { RedisTokenStore } = await import('./redis/redis-token-store.js');
      return RedisTokenStore.connect(tokenStore, seal);
    }
    case 'custom':
      return new BorrowedTokenStore(tokenStore.store);
  }
}

@Module({
  providers: [
    TokenSeal,
    {
      provide: TokenStore,
      inject: [LtiConfig, TokenSeal, getDataSourceToken(LTI_DATA_SOURCE)],
      useFactory: tokenStoreFor,
    },
  ],
  exports: [TokenStore, TokenSeal],
})
export class TokenStoreModule implements OnApplicationShutdown {
  constructor(@Inject(TokenStore) private readonly store: TokenStore | null) {}

  async onApplicationShutdown(): Promise<void> {
    await this.store?.close();
  }
}
