/** What a process that dies at a job costs the others. */
export interface JobTerms {
  /** How long a job is its worker's without a sign of life. */
  lockMs: number;
  /** How often somebody looks for jobs whose workers have died. */
  stalledCheckMs: number;
}
export const JobTerms = Symbol('JobTerms');

/** A killed process' jobs are taken over within 20 s. */
export const defaultJobTerms: JobTerms = { lockMs: 15_000, stalledCheckMs: 5000 };
