import { Injectable, Logger, Optional } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';

/** The facts an embedder can listen to, with `@OnEvent('lti.sync.completed')` and the like. Told after the commit, once. */
export interface LtiEventMap {
  'lti.membership.added': { courseId: string; syncRunId: string; userIds: string[] };
  'lti.membership.updated': { courseId: string; syncRunId: string; userIds: string[] };
  'lti.membership.removed': { courseId: string; syncRunId: string; userIds: string[] };
  'lti.sync.completed': { courseId: string; syncRunId: string; status: 'completed' | 'suspicious' };
  'lti.sync.failed': { courseId: string; syncRunId: string; errorCode: string; message: string };
}

/** Publishes through the host's EventEmitterModule; a host without one wants no events. */
@Injectable()
export class LtiEvents {
  private readonly logger = new Logger(LtiEvents.name);

  constructor(@Optional() private readonly emitter?: EventEmitter2) {}

  publish<Name extends keyof LtiEventMap>(name: Name, event: LtiEventMap[Name]): void {
    try {
      this.emitter?.emit(name, event);
    } catch (error) {
      // What is told has happened: a listener that throws must not undo or repeat the work.
      this.logger.error(
        `A listener of ${name} threw: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
      );
    }
  }
}
