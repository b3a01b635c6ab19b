import { type SchedulerRegistry } from '@nestjs/schedule';

/** Work that each process repeats. A tick during another one does nothing, and after a failure the next tick tries again. */
export class Periodic {
  private isRunning = false;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly logFailure: (error: unknown) => void,
  ) {}

  /** Ticks by the scheduler of the host application: a second ScheduleModule.forRoot() would fire its cron handlers twice. */
  start(registry: SchedulerRegistry, name: string, everyMs: number): void {
    registry.addInterval(
      name,
      setInterval(() => void this.tick(), everyMs),
    );
  }

  /** Never rejects. */
  async tick(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      await this.work();
    } catch (error) {
      this.logFailure(error);
    } finally {
      this.isRunning = false;
    }
  }
}
