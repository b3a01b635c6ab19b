import { Injectable, Optional } from '@nestjs/common';
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
  constructor(@Optional() private readonly emitter?: EventEmitter2) {}

  publish<Name extends keyof LtiEventMap>(name: Name, event: LtiEventMap[Name]): void {
    this.emitter?.emit(name, event);
  }
}
