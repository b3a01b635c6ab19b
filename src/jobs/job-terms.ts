/** How long the job of a process that died waits before another process takes it. */
export interface JobTerms {
  /** How long a worker owns a job without renewing its lock. */
  lockMs: number;
  /** How often a worker looks for jobs of dead workers. */
  stalledCheckMs: number;
}
export const JobTerms = Symbol('JobTerms');

/** A killed process' jobs are taken over within 20 s. */
export const defaultJobTerms: JobTerms = { lockMs: 15_000, stalledCheckMs: 5000 };
