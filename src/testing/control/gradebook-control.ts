import { z } from 'zod';
import { controlBody } from './control-body.js';
import { gradebookSnapshot, lineItemSnapshot } from '../gradebook/gradebook-snapshot.js';
import { simulatedLineItemSchema } from '../gradebook/gradebook.js';
import { type Answer, jsonAnswer, type PlatformRequest } from '../http/http-exchange.js';
import { earlierScoreSchema } from '../gradebook/score.schema.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';

const scoreOrderSchema = z.strictObject({
  /** The id or the URL of a line item. */
  lineItem: z.string(),
  score: earlierScoreSchema,
});
const lockOrderSchema = z.strictObject({ lineItem: z.string(), locked: z.boolean() });

/** The control API of a course's gradebook; undefined for other requests. */
export function controlGradebook(
  course: SimulatedCourse,
  part: string | undefined,
  request: PlatformRequest,
): Answer | undefined {
  const { gradebook } = course;
  switch (`${request.method} ${part}`) {
    case 'GET gradebook':
      return jsonAnswer(200, gradebookSnapshot(course));
    case 'POST line-items': {
      const item = gradebook.addLineItem(simulatedLineItemSchema.parse(controlBody(request)));
      return jsonAnswer(201, lineItemSnapshot(item));
    }
    case 'POST scores': {
      const order = scoreOrderSchema.parse(controlBody(request));
      const item = gradebook.lineItem(order.lineItem);
      item.setScore(order.score);
      return jsonAnswer(201, lineItemSnapshot(item));
    }
    case 'POST lock': {
      const order = lockOrderSchema.parse(controlBody(request));
      const item = gradebook.lineItem(order.lineItem);
      item.locked = order.locked;
      return jsonAnswer(200, lineItemSnapshot(item));
    }
    case 'POST end':
      course.isPastItsEnd = true;
      return jsonAnswer(200, { contextId: course.contextId, isPastItsEnd: true });
    case 'POST conclude':
      course.concluded = true;
      return jsonAnswer(200, { contextId: course.contextId, concluded: true });
    default:
      return undefined;
  }
}
