import { type FactoryProvider, Logger, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { isPackageMissing } from './optional-package.js';

/**
 * The facts an embedder can listen to, with `@OnEvent('lti.sync.completed')` and the like. Told after the commit, once.
 *
 * @example
 * class RosterListener {
 *   \@OnEvent('lti.membership.removed')
 *   removed({ courseId, userIds }: LtiEventMap['lti.membership.removed']) {
 *     return archive(courseId, userIds);
 *   }
 * }
 */
export interface LtiEventMap {
  /** A launch was accepted. Without a context there is no `courseId`. */
  'lti.launch.received': {
    launchSessionId: string;
    messageType: string;
    /** Of LTI 1.3. */
    registrationId?: string;
    courseId?: string;
    /** Missing in an anonymous launch. */
    userId?: string;
  };
  /**
   * The platform has stated that the course is a copy, or a copy of more courses: in a notice, which may come before the first
   * launch, or in a launch. The ids are all that are known, the nearest origin first.
   */
  'lti.course.copied': {
    registrationId: string;
    /** The copy. */
    courseId: string;
    /** Its id at the platform. */
    contextId: string;
    /** Of courses that the tool may not know. */
    originContextIds: string[];
    /** The origins that are courses of this registration. */
    originCourseIds: string[];
  };
  /** A user has allowed the tool to use the platform's API. */
  'lti.user-grant.authorized': { registrationId: string; userId: string; isVerified: boolean };
  /**
   * The user has to authorize the tool again, or has logged out (`revoked`). Grants that end with their registration or client
   * have no event.
   */
  'lti.user-grant.ended': { registrationId: string; userId: string; reason: string };
  /** Members that a sync stored for the first time, by user id: one event for each page of the roster. */
  'lti.membership.added': { courseId: string; syncRunId: string; userIds: string[] };
  /** Members of which a sync changed a field. */
  'lti.membership.updated': { courseId: string; syncRunId: string; userIds: string[] };
  /** Members that a sync removed. */
  'lti.membership.removed': { courseId: string; syncRunId: string; userIds: string[] };
  /** Users whose result in a line item is new or has changed. */
  'lti.results.updated': { courseId: string; syncRunId: string; lineItemId: string; userIds: string[] };
  /** Users whose result in a line item was removed. */
  'lti.results.removed': { courseId: string; syncRunId: string; lineItemId: string; userIds: string[] };
  /** With their results. */
  'lti.line-items.removed': { courseId: string; syncRunId: string; lineItemIds: string[] };
  /** A run ended well, or as `suspicious`: then no member was removed. */
  'lti.sync.completed': { courseId: string; syncRunId: string; status: 'completed' | 'suspicious' };
  /** A run failed. A delayed run is not a failed one. */
  'lti.sync.failed': { courseId: string; syncRunId: string; errorCode: string; message: string };
  /** The platform accepted the score. */
  'lti.score.posted': ScoreEvent;
  /** The platform refused the score. */
  'lti.score.rejected': ScoreEvent & { errorCode: string; message: string };
  /** A fault that is not a score's own has suspended the scores of a registration, course, line item or server. */
  'lti.delivery.suspended': {
    registrationId: string;
    courseId?: string;
    lineItemId?: string;
    errorCode: string;
    message: string;
  };
}

/** The score of an event. */
export interface ScoreEvent {
  /** In the outbox. */
  scoreId: string;
  /** The id of the stored course. */
  courseId: string;
  /** The URL of the line item. */
  lineItemId: string;
  /** The `sub` of this user's launches. */
  userId: string;
}

/** The part of the host's EventEmitter2 that is used. */
interface Emitter {
  emit(name: string, event: unknown): boolean;
}

/** Publishes through the host's EventEmitterModule; a host without one wants no events. */
export class LtiEvents {
  private readonly logger = new Logger(LtiEvents.name);

  /** @param emitter asked at each event: while our providers are made, the host's may not be there yet */
  constructor(private readonly emitter: () => Emitter | undefined) {}

  publish<Name extends keyof LtiEventMap>(name: Name, event: LtiEventMap[Name]): void {
    try {
      this.emitter()?.emit(name, event);
    } catch (error) {
      // The work is done: a listener that throws must not undo or repeat it.
      this.logger.error(
        `A listener of ${name} threw: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
      );
    }
  }
}

/** Provides LtiEvents. @nestjs/event-emitter is an optional peer: a host that wants no events does not install it. */
export const ltiEventsProvider: FactoryProvider<LtiEvents> = {
  provide: LtiEvents,
  inject: [ModuleRef],
  useFactory: async (modules: ModuleRef) => {
    const emitterClass = await emitterClassOfHost();
    return new LtiEvents(() => emitterClass && findProvider<Emitter>(modules, emitterClass));
  },
};

async function emitterClassOfHost(): Promise<Type<Emitter> | undefined> {
  try {
    return (await import('@nestjs/event-emitter')).EventEmitter2;
  } catch (error) {
    if (isPackageMissing(error, '@nestjs/event-emitter')) return undefined;
    throw error;
  }
}

function findProvider<T>(modules: ModuleRef, token: Type<T>): T | undefined {
  try {
    return modules.get(token, { strict: false });
  } catch {
    // Nest throws where no module has it: the host does not import EventEmitterModule.
    return undefined;
  }
}
