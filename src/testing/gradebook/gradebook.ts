import { z } from 'zod';
import { type LineItemContent, lineItemSchema } from './line-item.schema.js';
import { SimulatedLineItem } from './simulated-line-item.js';
import { eventually } from '../token-store-contract/eventually.js';
import { testingErrors } from '../testing.errors.js';

export const simulatedLineItemSchema = lineItemSchema.extend({
  /** Created together with a resource link. Some families do not let a tool delete it. */
  coupled: z.boolean().default(false),
  /** Created by another tool. Some families refuse access, others list it and accept scores for it. */
  ofAnotherTool: z.boolean().default(false),
});
/** A line item for `gradebook.addLineItem`: at least `label` and `scoreMaximum`. */
export type SimulatedLineItemInput = z.input<typeof simulatedLineItemSchema>;

/** Which result `gradebook.untilScored` waits for, and how long. */
export interface UntilScoredOptions {
  /** The label of the line item. Default: any. */
  readonly label?: string;
  /** In milliseconds. Default: 10,000. */
  readonly timeoutMs?: number;
}

/**
 * The gradebook of a course.
 *
 * @example
 * const quiz = course.gradebook.addLineItem({ label: 'Quiz', scoreMaximum: 20 });
 */
export class Gradebook {
  readonly #items = new Map<string, SimulatedLineItem>();
  readonly #urlOf: (id: string) => string;
  #made = 0;

  /** @param urlOf the address of a line item by its id */
  constructor(urlOf: (id: string) => string) {
    this.#urlOf = urlOf;
  }

  /** The oldest first. */
  get lineItems(): readonly SimulatedLineItem[] {
    return [...this.#items.values()];
  }

  /**
   * The line item with this id, which is the number in its URL.
   *
   * @example
   * expect(course.gradebook.find('1')).toBeUndefined();
   */
  find(id: string): SimulatedLineItem | undefined {
    return this.#items.get(id);
  }

  /**
   * The line item with this id or this URL.
   *
   * @throws {NotFound} `unknown_simulated_line_item`
   * @example
   * course.gradebook.lineItem('1').locked = true;
   */
  lineItem(idOrUrl: string): SimulatedLineItem {
    const found = this.find(idOrUrl) ?? this.lineItems.find(({ url }) => url === idOrUrl);
    if (found === undefined) throw testingErrors.lineItemNotFound(idOrUrl);
    return found;
  }

  /**
   * Waits until a user has a result, which an application may send in the background.
   *
   * @param options `label`: of the line item, if only one counts; `timeoutMs`: default 10 s
   * @returns the result score
   * @throws {Error} that lists the line items, when there is no result in time
   * @example
   * expect(await course.gradebook.untilScored(course.learner.userId)).toBe(17);
   */
  untilScored(userId: string, { label, timeoutMs = 10_000 }: UntilScoredOptions = {}): Promise<number> {
    const scoreNow = () =>
      this.lineItems
        .filter(({ content }) => label === undefined || content.label === label)
        .map((item) => item.resultScore(userId))
        .find((score) => score !== undefined);
    const what = `a result of user ${userId}${label === undefined ? '' : ` for "${label}"`}`;
    return eventually(what, timeoutMs, () => Promise.resolve(scoreNow())).catch((cause: unknown) => {
      const labels = this.lineItems.map(({ content }) => `"${content.label}"`).join(', ');
      const message = `${cause instanceof Error ? cause.message : what} The gradebook has ${labels || 'no line item'}.`;
      throw new Error(message, { cause });
    });
  }

  /**
   * Adds a line item as a teacher would.
   *
   * @throws {ZodError} when a field is missing or wrong.
   * @example
   * const quiz = course.gradebook.addLineItem({ label: 'Quiz', scoreMaximum: 20 });
   */
  addLineItem(input: SimulatedLineItemInput): SimulatedLineItem {
    const { coupled, ofAnotherTool, ...content } = simulatedLineItemSchema.parse(input);
    const item = this.add(content, coupled);
    item.ofAnotherTool = ofAnotherTool;
    return item;
  }

  /** Adds a line item as a tool would. */
  add(content: LineItemContent, coupled = false): SimulatedLineItem {
    this.#made += 1;
    const id = String(this.#made);
    const item = new SimulatedLineItem({ id, url: this.#urlOf(id), coupled, content });
    this.#items.set(id, item);
    return item;
  }

  /**
   * Nothing happens when there is none with this id.
   *
   * @example
   * course.gradebook.delete('1');
   */
  delete(id: string): void {
    this.#items.delete(id);
  }
}
