import { type CourseLineItem } from './course-line-item.entity.js';
import { type CourseResult } from './course-result.entity.js';
import { type LineItemView, type ResultView } from './gradebook.schema.js';

export function viewLineItem(item: CourseLineItem): LineItemView {
  return {
    id: item.lineItemId,
    label: item.label,
    scoreMaximum: item.scoreMaximum,
    resourceLinkId: item.resourceLinkId,
    resourceId: item.resourceId,
    tag: item.tag,
    startDateTime: item.startDateTime?.toISOString() ?? null,
    endDateTime: item.endDateTime?.toISOString() ?? null,
    gradesReleased: item.gradesReleased,
    submissionReview: item.submissionReview,
    extensions: item.extensions,
    updatedAt: item.updatedAt.toISOString(),
  };
}

export function viewResult(result: CourseResult): ResultView {
  return {
    lineItemId: result.lineItem.lineItemId,
    userId: result.userId,
    resultScore: result.resultScore,
    resultMaximum: result.resultMaximum,
    comment: result.comment,
    scoringUserId: result.scoringUserId,
    gradedAt: result.gradedAt?.toISOString() ?? null,
    extensions: result.extensions,
    updatedAt: result.updatedAt.toISOString(),
  };
}
