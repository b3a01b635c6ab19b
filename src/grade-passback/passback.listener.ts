import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { CourseListeners } from '../courses/course-listeners.js';
import { RegistrationListeners } from '../registrations/registration-listeners.js';
import { OutboxDesk } from './outbox-desk.service.js';
import { PassbackHolds } from './passback-holds.repository.js';
import { PassbackWakes } from './passback-wakes.service.js';

/** What changes elsewhere mean for scores. */
@Injectable()
export class PassbackListener implements OnApplicationBootstrap {
  constructor(
    private readonly desk: OutboxDesk,
    private readonly holds: PassbackHolds,
    private readonly wakes: PassbackWakes,
    private readonly registrations: RegistrationListeners,
    private readonly courses: CourseListeners,
  ) {}

  onApplicationBootstrap(): void {
    this.registrations.add({
      // What was found wrong may be mended.
      registrationChanged: async (registrationId) => {
        await this.holds.forgetFaults(registrationId);
        await this.wakes.wake(registrationId);
      },
      registrationDeleted: async (registrationId) => {
        await this.desk.drop({ registrationId }, 'The registration was deleted.');
        await this.holds.resume(registrationId);
      },
    });
    this.courses.add({
      courseLaunched: async (courseId, registrationId) => {
        if (await this.holds.retryOldFaults(registrationId, courseId)) await this.wakes.wake(registrationId);
      },
      courseDeleted: async (courseId) => {
        await this.desk.drop({ courseId }, 'The course was deleted.');
        await this.holds.forgetCourse(courseId);
      },
    });
  }
}
