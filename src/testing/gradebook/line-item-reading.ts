import { type LineItemQuirks } from '../families/gradebook-quirks.js';
import { extensionsOf } from './line-item-json.js';
import { type LineItemContent, type LineItemField, lineItemSchema } from './line-item.schema.js';
import { GradebookRefused } from './gradebook.errors.js';

/** Reads a line item that a tool sends. @throws {GradebookRefused} `bad_line_item`. */
export function readLineItem(
  body: string,
  { required, forbidden }: LineItemQuirks,
  method: string,
): LineItemContent {
  const read = lineItemSchema.safeParse(parsed(body));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new GradebookRefused('bad_line_item', {
      detail: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    });
  }
  const banned = forbidden?.[method === 'POST' ? 'POST' : 'PUT']?.find((name) => name in read.data);
  if (banned !== undefined) {
    throw new GradebookRefused('bad_line_item', { detail: `"body.${banned}": "${banned}" is not allowed` });
  }
  const missing = required.find((field) => read.data[field] === undefined || read.data[field] === '');
  if (missing !== undefined) throw new GradebookRefused('bad_line_item', { detail: `${missing} is missing` });
  return read.data;
}

/** The fields that the family stores, without those that this request cannot set. */
export function keptContent(
  sent: LineItemContent,
  quirks: LineItemQuirks,
  notSet: readonly LineItemField[] = [],
): LineItemContent {
  const fields = quirks.fields.filter((field) => sent[field] !== undefined && !notSet.includes(field));
  const extensions = Object.entries(extensionsOf(sent)).filter(
    ([name]) => quirks.extensions === 'all' || quirks.extensions.includes(name),
  );
  const kept = [...fields.map((field) => [field, sent[field]] as const), ...extensions];
  return { label: sent.label, scoreMaximum: sent.scoreMaximum, ...Object.fromEntries(kept) };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new GradebookRefused('bad_line_item', { detail: 'The body is not JSON' });
  }
}
