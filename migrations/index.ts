import { MainJob1763700000001 } from './0001-main-job.js';
import { SharedTokens1763700000002 } from './0002-shared-tokens.js';

/** In order, append-only. */
export const migrations = [MainJob1763700000001, SharedTokens1763700000002];
