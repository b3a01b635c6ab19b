import { Injectable, Logger } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { LtiMetrics } from './lti-metrics.js';

/** The unfinished jobs of a queue. Those that wait for a later time are `delayed`. */
export interface JobCounts {
  queue: string;
  waiting: number;
  delayed: number;
  active: number;
}

const STATES = ['waiting', 'delayed', 'active'] as const;

/** What is in the queues of the job engine, of all processes together, and the jobs of this process that failed. */
@Injectable()
export class JobMetrics {
  private readonly logger = new Logger(JobMetrics.name);
  private readonly failures: Counter<'queue'>;
  /** Set by the part that has the queues. */
  read: () => Promise<readonly JobCounts[]> = () => Promise.resolve([]);

  constructor({ registry }: LtiMetrics) {
    const registers = [registry];
    const jobs = new Gauge({
      name: 'nest_lti_jobs',
      help: 'Unfinished jobs of each queue, of all processes together: `waiting`, `delayed` (for a later time) or `active`.',
      labelNames: ['queue', 'state'] as const,
      registers,
      collect: async () => {
        jobs.reset();
        for (const counts of await this.counts())
          for (const state of STATES) jobs.set({ queue: counts.queue, state }, counts[state]);
      },
    });
    this.failures = new Counter({
      name: 'nest_lti_job_failures_total',
      help: 'Jobs that ended with an unexpected error. Work that its platform has refused is not one.',
      labelNames: ['queue'],
      registers,
    });
  }

  failed(queue: string): void {
    this.failures.inc({ queue });
  }

  private async counts(): Promise<readonly JobCounts[]> {
    try {
      return await this.read();
    } catch (error) {
      this.logger.warn(`The jobs could not be counted for the metrics: ${String(error)}`);
      return [];
    }
  }
}
