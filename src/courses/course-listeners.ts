import { Injectable } from '@nestjs/common';

/** Called when a course is deleted or launched from, for example to cancel its syncs or to send its scores again. */
export interface CourseListener {
  courseDeleted(courseId: string): Promise<void>;
  /**
   * A launch came from the course, so it exists and has the tool. Called at most once in ten minutes, unless the launch has a new
   * title or URL.
   */
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
