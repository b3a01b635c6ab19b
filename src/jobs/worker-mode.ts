import { type DynamicModule } from '@nestjs/common';
import { ConfigurationInvalid } from '../common/reactions.errors.js';

/**
 * Whether a process runs jobs and periodic work beside its routes (`on`), only serves its routes (`off`), or serves no routes and
 * only runs jobs and periodic work (`only`). A process that runs no jobs still adds them.
 */
export type WorkerMode = 'on' | 'off' | 'only';
/** The injection token of the mode. */
export const WorkerMode = Symbol('WorkerMode');

const MODES: readonly WorkerMode[] = ['on', 'off', 'only'];

/** @throws {ConfigurationInvalid} if it is another text, such as that of an environment variable */
export function checkWorkerMode(worker: WorkerMode): WorkerMode {
  if (MODES.includes(worker)) return worker;
  throw ConfigurationInvalid.of([{ name: 'worker', message: 'must be on, off or only' }]);
}

/** The options are global, and so is this: all features have the jobs and the periodic work of one mode. */
export function withWorkerMode(config: DynamicModule, worker: WorkerMode): DynamicModule {
  return {
    ...config,
    providers: [...(config.providers ?? []), { provide: WorkerMode, useValue: worker }],
    exports: [...(config.exports ?? []), WorkerMode],
  };
}
