import { Injectable, Logger, Optional } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { type Periodic } from './periodic.js';

/** Starts periodic work by the scheduler of the host application: a second ScheduleModule.forRoot() would fire its cron handlers twice. */
@Injectable()
export class Intervals {
  private readonly logger = new Logger('LtiModule');

  constructor(@Optional() private readonly registry?: SchedulerRegistry) {}

  get hasScheduler(): boolean {
    return this.registry !== undefined;
  }

  /** @param consequence of a host without a scheduler, for the warning; without it there is none */
  start(periodic: Periodic, name: string, everyMs: number, consequence?: string): void {
    this.registry?.addInterval(
      name,
      setInterval(() => void periodic.tick(), everyMs),
    );
    if (!this.hasScheduler && consequence !== undefined)
      this.logger.warn(`${consequence}: add ScheduleModule.forRoot() of @nestjs/schedule.`);
  }
}
