import { MainJob1763700000001 } from './0001-main-job.js';

/** In order, append-only. */
export const migrations = [MainJob1763700000001];
