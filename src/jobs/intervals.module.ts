import { Module } from '@nestjs/common';
import { Intervals } from './intervals.js';

/** For features that have periodic work and no queue. */
@Module({ providers: [Intervals], exports: [Intervals] })
export class IntervalsModule {}
