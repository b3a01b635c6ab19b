import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { LtiConfig } from '../config/lti-config.js';
import { MemoryTokenStore } from './memory-token-store.js';
import { TokenStore } from './token-store.js';

/** Choice is data: what the configuration names, or null for `none`, which is the absence of a store. */
function tokenStoreFor({ tokenStore }: LtiConfig): TokenStore | null {
  switch (tokenStore.type) {
    case 'none':
      return null;
    case 'memory':
      return new MemoryTokenStore();
  }
}

@Module({
  providers: [{ provide: TokenStore, inject: [LtiConfig], useFactory: tokenStoreFor }],
  exports: [TokenStore],
})
export class TokenStoreModule implements OnApplicationShutdown {
  constructor(@Inject(TokenStore) private readonly store: TokenStore | null) {}

  async onApplicationShutdown(): Promise<void> {
    await this.store?.close();
  }
}
