import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { type Periodic } from './periodic.js';
import { WorkerMode } from './worker-mode.js';

/** Starts periodic work by the scheduler of the host application: a second ScheduleModule.forRoot() would fire its cron handlers twice. */
@Injectable()
export class Intervals {
  private readonly logger = new Logger('LtiModule');

  constructor(
    @Optional() private readonly registry?: SchedulerRegistry,
    @Optional() @Inject(WorkerMode) private readonly worker: WorkerMode = 'on',
  ) {}

  /** Whether this process has periodic work to do, but nothing to start it. */
  get isSchedulerMissing(): boolean {
    return this.registry === undefined && this.worker !== 'off';
  }

  /**
   * Leaves the work to other processes if this one runs no jobs.
   *
   * @param consequence of a host without a scheduler, for the warning; without it there is none
   */
  start(periodic: Periodic, name: string, everyMs: number, consequence?: string): void {
    if (this.worker === 'off') return;
    this.startInEachProcess(periodic, name, everyMs);
    if (this.isSchedulerMissing && consequence !== undefined)
      this.logger.warn(`${consequence}: add ScheduleModule.forRoot() of @nestjs/schedule.`);
  }

  /** For what only the process itself can do, even if it runs no jobs. */
  startInEachProcess(periodic: Periodic, name: string, everyMs: number): void {
    this.registry?.addInterval(
      name,
      setInterval(() => void periodic.tick(), everyMs),
    );
  }
}
