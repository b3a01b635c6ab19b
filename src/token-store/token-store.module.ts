import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { isPackageMissing } from '../common/optional-package.js';
import { ConfigurationInvalid } from '../config/configuration.errors.js';
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
      const { RedisTokenStore } = await importRedisTokenStore();
      return RedisTokenStore.connect(tokenStore, seal);
    }
    case 'custom':
      return new BorrowedTokenStore(tokenStore.store);
  }
}

/** Its driver is an optional peer, and is loaded only where it is wanted. @throws ConfigurationInvalid without it */
async function importRedisTokenStore() {
  try {
    return await import('./redis/redis-token-store.js');
  } catch (error) {
    if (!isPackageMissing(error, 'ioredis')) throw error;
    const message = 'needs the package ioredis, of version 5 or 6: npm install ioredis@5';
    throw new ConfigurationInvalid([{ name: 'tokenStore.type', message: `'redis' ${message}` }]);
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
