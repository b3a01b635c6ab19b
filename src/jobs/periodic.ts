import { type Logger } from '@nestjs/common';

/** Work that each process repeats, started by `Intervals`. After a failure, which is logged, the next tick tries again. */
export class Periodic {
  private readonly stopping = new AbortController();
  private running?: Promise<void>;

  /** @param failure what the work could not do, for the log: `The due notices could not be queued` */
  constructor(
    private readonly logger: Logger,
    private readonly failure: string,
    private readonly work: (stopping: AbortSignal) => Promise<void>,
  ) {}

  /** Does nothing while the work is running or after `stop`. Never rejects. */
  async tick(): Promise<void> {
    if (this.running !== undefined || this.stopping.signal.aborted) return;
    this.running = this.run();
    await this.running;
    this.running = undefined;
  }

  /** Begins after this call: if the work is running, it runs once more. Never rejects. */
  async next(): Promise<void> {
    while (this.running !== undefined) await this.running;
    await this.tick();
  }

  /** Aborts the signal of the work and waits for its end. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('The application is shutting down.'));
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    try {
      await this.work(signal);
    } catch (error) {
      if (!signal.aborted) this.logger.error(`${this.failure}: ${String(error)}`);
    }
  }
}
