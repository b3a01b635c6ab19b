import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { JobQueues } from './job-queues.js';

@Module({ imports: [DatabaseModule], providers: [JobQueues], exports: [JobQueues] })
export class JobsModule {}
