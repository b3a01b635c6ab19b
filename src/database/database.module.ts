import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LtiConfig } from '../config/lti-config.js';
import { Leases } from './leases.js';
import { dataSourceOptions, LTI_DATA_SOURCE } from './lti-data-source.js';
import { migrateDatabase } from './migrate-database.js';
import { openDataSource } from './open-data-source.js';
import { PreparedStatements } from './prepared-statements.js';

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      name: LTI_DATA_SOURCE,
      inject: [LtiConfig],
      useFactory: async ({ database }: LtiConfig) => {
        if (database.migrate) await migrateDatabase(database.directUrl ?? database.url);
        // A direct URL of its own means that the other one leads to a proxy, which may share connections.
        const isDirect = (database.directUrl ?? database.url) === database.url;
        const statements = isDirect ? new PreparedStatements() : undefined;
        return {
          ...dataSourceOptions(database.url, database.poolSize, statements),
          // @nestjs/typeorm 11 closes the data source of this name with our module, and without a name the host's default one.
          name: LTI_DATA_SOURCE,
          autoLoadEntities: true,
          // An orchestrator restarts what cannot start; trying here would only hide the reason for half a minute.
          retryAttempts: 0,
        };
      },
      dataSourceFactory: (options) => {
        if (options?.type !== 'postgres') throw new TypeError('nest-lti stores its data in PostgreSQL only.');
        return openDataSource(options, options.url ?? '');
      },
    }),
  ],
  providers: [Leases],
  exports: [Leases],
})
export class DatabaseModule {}
