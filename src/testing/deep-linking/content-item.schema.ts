import { z } from 'zod';

const url = z.url({ protocol: /^https?$/ });
const dateTime = z.iso.datetime({ offset: true });
const period = z.looseObject({ startDateTime: dateTime.optional(), endDateTime: dateTime.optional() });
const common = { title: z.string().optional(), text: z.string().optional() };

/** An item as DL 3 has it. Its other members are kept and not checked. */
export const contentItemSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('ltiResourceLink'),
    ...common,
    // DL 3.2 lets a tool leave it out, but platforms make unusable links of that.
    url,
    custom: z.record(z.string(), z.string()).optional(),
    lineItem: z
      .looseObject({
        label: z.string().optional(),
        scoreMaximum: z.number().positive(),
        resourceId: z.string().optional(),
        tag: z.string().optional(),
        gradesReleased: z.boolean().optional(),
      })
      .optional(),
    available: period.optional(),
    submission: period.optional(),
  }),
  z.looseObject({ type: z.literal('link'), ...common, url }),
  z.looseObject({ type: z.literal('file'), ...common, url, mediaType: z.string().optional() }),
  z.looseObject({ type: z.literal('html'), ...common, html: z.string().min(1) }),
  z.looseObject({ type: z.literal('image'), ...common, url }),
  z.looseObject({
    type: z.literal('ltiAssetProcessor'),
    ...common,
    url: url.optional(),
    custom: z.record(z.string(), z.string()).optional(),
    report: z
      .looseObject({ url: url.optional(), custom: z.record(z.string(), z.string()).optional() })
      .optional(),
  }),
]);

/** An item that a course got by deep linking, as the tool sent it. */
export type SimulatedContentItem = z.output<typeof contentItemSchema>;

/** A resource link that a tool made by deep linking. It can be launched by its id. */
export interface SimulatedResourceLink {
  /** The platform's own id. */
  readonly id: string;
  /** The target of its launches. Empty in the link `/blti/null` of Sakai, which cannot be launched. */
  readonly url: string;
  /** As the tool sent it. */
  readonly title?: string | undefined;
  /** As the tool sent it. */
  readonly text?: string | undefined;
  /** Custom parameters of its launches. */
  readonly custom?: Readonly<Record<string, string>> | undefined;
  /** The URL of its line item, if it has one. */
  readonly lineItemUrl?: string | undefined;
}
