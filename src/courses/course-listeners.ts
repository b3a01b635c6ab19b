import { Injectable } from '@nestjs/common';

/** What others do when a course goes, or is used: cancel its syncs, send its scores again. */
export interface CourseListener {
  courseDeleted(courseId: string): Promise<void>;
  /** A launch has come from it, so that it is there, and lets us in. Told of one in ten minutes. */
  courseLaunched?(courseId: string, registrationId: string): Promise<void>;
}

@Injectable()
export class CourseListeners {
  private readonly listeners: CourseListener[] = [];

  add(listener: CourseListener): void {
    this.listeners.push(listener);
  }

  async deleted(courseId: string): Promise<void> {
    for (const listener of this.listeners) await listener.courseDeleted(courseId);
  }

  async launched(courseId: string, registrationId: string): Promise<void> {
    for (const listener of this.listeners) await listener.courseLaunched?.(courseId, registrationId);
  }
}
