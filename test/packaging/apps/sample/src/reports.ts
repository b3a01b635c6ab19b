import { InjectQueue, Processor, WorkerHost } from '@nestjs/bullmq';
import { Queue } from 'bullmq';

/** The host's own queue and its worker. */
@Processor('course-syncs')
export class Reports extends WorkerHost {
  readonly made: string[] = [];

  constructor(@InjectQueue('course-syncs') private readonly queue: Queue) {
    super();
  }

  async request(name: string): Promise<void> {
    await this.queue.add(name, {});
  }

  process(job: { name: string }): Promise<void> {
    this.made.push(job.name);
    return Promise.resolve();
  }
}
