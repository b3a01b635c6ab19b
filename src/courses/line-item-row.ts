import { type LineItem } from '../lti-services/grades/line-item.js';
import { digestOf } from './digest.js';
import { storable } from '../common/storable-text.js';
import { textOrNull } from './member-row.js';
import { storableJson } from './storable-json.js';

/** A line item as the line_item table takes it. */
export interface LineItemRow {
  line_item_key: string;
  line_item_id: string;
  label: string;
  score_maximum: number;
  resource_link_id: string | null;
  resource_id: string | null;
  tag: string | null;
  start_date_time: string | null;
  end_date_time: string | null;
  grades_released: boolean | null;
  /** Missing in rows without one, so that their fingerprints are those of earlier versions. */
  submission_review?: unknown;
  extensions: unknown;
  fingerprint: string;
}

/** @param key of `lineItemKey` */
export function lineItemRow(lineItem: LineItem, key: string): LineItemRow {
  const fields = {
    line_item_key: key,
    line_item_id: storable(lineItem.id),
    label: storable(lineItem.label),
    score_maximum: lineItem.scoreMaximum,
    resource_link_id: textOrNull(lineItem.resourceLinkId),
    resource_id: textOrNull(lineItem.resourceId),
    tag: textOrNull(lineItem.tag),
    start_date_time: lineItem.startDateTime?.toISOString() ?? null,
    end_date_time: lineItem.endDateTime?.toISOString() ?? null,
    grades_released: lineItem.gradesReleased ?? null,
    ...(lineItem.submissionReview !== undefined && {
      submission_review: storableJson(lineItem.submissionReview),
    }),
    extensions: storableJson(lineItem.extensions),
  };
  return { ...fields, fingerprint: digestOf(JSON.stringify(fields)) };
}
