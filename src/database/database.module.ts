import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { LtiConfig } from '../config/lti-config.js';
import { DatabaseUnavailable, MigrationsPending } from './database.errors.js';
import { dataSourceOptions, LTI_DATA_SOURCE } from './lti-data-source.js';
import { migrateDatabase, pendingMigrations } from './migrate-database.js';
import { addressOf } from './session-lock.js';

@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      name: LTI_DATA_SOURCE,
      inject: [LtiConfig],
      useFactory: async ({ database }: LtiConfig) => {
        if (database.migrate) await migrateDatabase(database.directUrl ?? database.url);
        return {
          ...dataSourceOptions(database.url, database.poolSize),
          autoLoadEntities: true,
          // An orchestrator restarts what cannot start; trying here would only hide the reason for half a minute.
          retryAttempts: 0,
        };
      },
      dataSourceFactory: async (options) => {
        if (options?.type !== 'postgres') throw new TypeError('nest-lti stores its data in PostgreSQL only.');
        const dataSource = await connect(new DataSource(options), options.url ?? '');
        if ((await pendingMigrations(dataSource)).length === 0) return dataSource;
        await dataSource.destroy();
        throw new MigrationsPending();
      },
    }),
  ],
})
export class DatabaseModule {}

async function connect(dataSource: DataSource, url: string): Promise<DataSource> {
  try {
    return await dataSource.initialize();
  } catch (cause) {
    throw new DatabaseUnavailable(addressOf(url), { cause });
  }
}
