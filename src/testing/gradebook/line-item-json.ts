import { type LineItemQuirks } from '../families/gradebook-quirks.js';
import { phpUnicodeEscapes } from '../http/php-json.js';
import { type SimulatedLineItem } from './simulated-line-item.js';

/** A line item as AGS 2.0 3.2 has it, in the family's dialect. */
export function lineItemJson({ content }: SimulatedLineItem, url: string, quirks: LineItemQuirks): object {
  const known = Object.fromEntries(quirks.fields.map((field) => [field, content[field]]));
  const { resourceLinkId } = content;
  return {
    id: url,
    ...known,
    ...(quirks.tellsLtiLinkId && resourceLinkId !== undefined ? { ltiLinkId: resourceLinkId } : {}),
    ...extensionsOf(content),
  };
}

/** The very line item that was sent, in its order, with its id at the end: Moodle's answer, slashes as they are. */
export function sentLineItemJson(body: string, url: string): string {
  const { id: _, ...rest } = JSON.parse(body) as Record<string, unknown>;
  return phpUnicodeEscapes(JSON.stringify({ ...rest, id: url }));
}

/** The members of a line item or score that have full URLs for names. */
export function extensionsOf(content: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(content).filter(([name]) => name.includes('://')));
}
