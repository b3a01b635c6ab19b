import { Injectable } from '@nestjs/common';

/** What others do when a course goes: cancel its syncs. */
export interface CourseListener {
  courseDeleted(courseId: string): Promise<void>;
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
}
