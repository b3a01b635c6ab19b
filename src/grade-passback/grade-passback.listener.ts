import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { CourseListeners } from '../courses/course-listeners.js';
import { RegistrationListeners } from '../registrations/registration-listeners.js';
import { DeliveryQueueService } from './delivery-queue.service.js';
import { OutboxAdminService } from './outbox-admin.service.js';
import { SuspensionRepository } from './suspension.repository.js';

/** Applies changes of registrations and courses to their scores. */
@Injectable()
export class GradePassbackListener implements OnApplicationBootstrap {
  constructor(
    private readonly outboxAdmin: OutboxAdminService,
    private readonly suspensions: SuspensionRepository,
    private readonly deliveryQueue: DeliveryQueueService,
    private readonly registrations: RegistrationListeners,
    private readonly courses: CourseListeners,
  ) {}

  onApplicationBootstrap(): void {
    this.registrations.add({
      // The edit may have fixed the fault.
      registrationChanged: async (registrationId) => {
        await this.suspensions.forgetFaults(registrationId);
        await this.deliveryQueue.add(registrationId);
      },
      registrationWorks: async (registrationId) => {
        if (await this.suspensions.retryFaults(registrationId)) await this.deliveryQueue.add(registrationId);
      },
      registrationDeleted: async (registrationId) => {
        await this.outboxAdmin.drop({ registrationId }, 'The registration was deleted.');
        await this.suspensions.resume(registrationId);
      },
    });
    this.courses.add({
      courseLaunched: async (courseId, registrationId) => {
        const isAnySuspended = await this.suspensions.retryOldFaults(registrationId, courseId);
        if (isAnySuspended) await this.deliveryQueue.add(registrationId);
      },
      courseDeleted: async (courseId) => {
        await this.outboxAdmin.drop({ courseId }, 'The course was deleted.');
        await this.suspensions.forgetCourse(courseId);
      },
    });
  }
}
