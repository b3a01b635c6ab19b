import { z } from 'zod';
import { textSchema } from '../../common/text.schema.js';
import { submissionReviewSchema } from '../../lti-services/grades/submission-review.schema.js';

const MAX_URL = 4096;
const MAX_TEXT = 10_000;
const MAX_HTML = 100_000;
const MAX_CUSTOM = 100;

const url = z
  .string()
  .max(MAX_URL)
  .refine((value) => /^https?:/i.test(value) && URL.canParse(value), 'must be an absolute http(s) URL');
const size = z.int().min(1).max(100_000);
const image = z.strictObject({ url, width: size.optional(), height: size.optional() });
const iframe = z.strictObject({ width: size.optional(), height: size.optional(), src: url.optional() });
const window = z.strictObject({
  targetName: textSchema(255).optional(),
  width: size.optional(),
  height: size.optional(),
  windowFeatures: textSchema(1000).optional(),
});
/** Only text: platforms have failed over null and numbers. An empty text is allowed. */
const custom = z
  .record(z.string().min(1).max(255), z.string().max(MAX_TEXT))
  .refine((record) => Object.keys(record).length <= MAX_CUSTOM, `must have at most ${MAX_CUSTOM} members`);
const time = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-09-01T08:00:00Z' });
const period = z
  .strictObject({ startDateTime: time.optional(), endDateTime: time.optional() })
  .refine(
    ({ startDateTime, endDateTime }) =>
      startDateTime === undefined ||
      endDateTime === undefined ||
      Date.parse(startDateTime) < Date.parse(endDateTime),
    { path: ['endDateTime'], error: 'must be after startDateTime' },
  );

/** DL 3.1: the fields that every type has. */
const common = {
  title: textSchema(1000).optional(),
  text: textSchema(MAX_TEXT).optional(),
  icon: image.optional(),
  thumbnail: image.optional(),
};

const lineItem = z.strictObject({
  label: textSchema(1000).optional(),
  scoreMaximum: z.number().positive().max(1e9),
  resourceId: textSchema(255).optional(),
  tag: textSchema(255).optional(),
  gradesReleased: z.boolean().optional(),
  /** The tool shows a submission for this line item, by a LtiSubmissionReviewRequest. */
  submissionReview: submissionReviewSchema.optional(),
});

/** DL 3.1: one type each. A member named by a URL is an extension, such as `https://canvas.instructure.com/lti/...`. */
export const contentItemSchema = z
  .discriminatedUnion(
    'type',
    [
      item({
        type: z.literal('ltiResourceLink'),
        ...common,
        /** Default: the launch URL of this tool. */
        url: url.optional(),
        window: window.optional(),
        iframe: z.strictObject({ width: size.optional(), height: size.optional() }).optional(),
        custom: custom.optional(),
        lineItem: lineItem.optional(),
        available: period.optional(),
        submission: period.optional(),
      }),
      item({
        type: z.literal('link'),
        ...common,
        url,
        embed: z.strictObject({ html: textSchema(MAX_HTML) }).optional(),
        window: window.optional(),
        iframe: iframe.optional(),
      }),
      item({
        type: z.literal('file'),
        ...common,
        /** The platform downloads it soon: it may end after minutes. */
        url,
        mediaType: textSchema(255).optional(),
        expiresAt: time.optional(),
      }),
      item({ type: z.literal('html'), title: common.title, text: common.text, html: textSchema(MAX_HTML) }),
      item({
        type: z.literal('image'),
        ...common,
        url,
        width: size.optional(),
        height: size.optional(),
      }),
      // Asset Processor 1.0: checks the submissions of an assignment.
      item({
        type: z.literal('ltiAssetProcessor'),
        ...common,
        /** The target of its settings; the tool's own by default. */
        url: url.optional(),
        window: window.optional(),
        iframe: z.strictObject({ width: size.optional(), height: size.optional() }).optional(),
        custom: custom.optional(),
        /** The target of launches that show a report. */
        report: z.strictObject({ url: url.optional(), custom: custom.optional() }).optional(),
      }),
    ],
    {
      error: 'must be an item with a type: ltiResourceLink, link, file, html, image or ltiAssetProcessor',
    },
  )
  .superRefine((value, context) => {
    for (const [name, member] of Object.entries(value)) {
      if (member === null)
        context.addIssue({ code: 'custom', path: [name], message: 'must not be null: leave it out' });
    }
  });

/** An item that a user has picked, as the platform stores it (DL 3.1). */
export type ContentItem = z.input<typeof contentItemSchema>;

/** Strict, but for members that are named by a URL. */
function item<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z
    .object(shape)
    .catchall(z.unknown())
    .superRefine((value, context) => {
      for (const name of Object.keys(value)) {
        if (name in shape || /^https?:\/\/./i.test(name)) continue;
        context.addIssue({
          code: 'custom',
          path: [name],
          message: `is not a member of this type; the name of an extension is a URL`,
        });
      }
    });
}

/** The most items in one response. */
const MAX_ITEMS = 500;

/** Body of POST /api/v1/launch-sessions/:id/deep-link-response. */
export const deepLinkResponseSchema = z.strictObject({
  /** What the user picked; without any, the user cancelled. */
  items: z.array(contentItemSchema).max(MAX_ITEMS).default([]),
  /** The platform may show it to the user. */
  msg: textSchema(1000).optional(),
  /** The platform may log it. */
  log: textSchema(1000).optional(),
  /** As `msg`, for a failure. */
  errormsg: textSchema(1000).optional(),
  /** As `log`, for a failure. */
  errorlog: textSchema(1000).optional(),
});
/** The user's selection: up to 500 items, and texts for the user and the platform's log (DL 4.5). No items: a cancel. */
export type DeepLinkResponseInput = z.input<typeof deepLinkResponseSchema>;
/** A `DeepLinkResponseInput` that its schema has checked. */
export type CheckedDeepLinkResponse = z.output<typeof deepLinkResponseSchema>;

/** Answer of POST /api/v1/launch-sessions/:id/deep-link-response. */
export const deepLinkResponseViewSchema = z.object({
  /** The URL that the user's browser posts the form to. */
  returnUrl: z.string(),
  /** The value of the form's only field, `JWT`. */
  jwt: z.string(),
  /** A whole page that posts the form by itself, for tools that do not render their own. */
  html: z.string(),
  /** The header `Content-Security-Policy` to send with the page: it allows the page's own script. */
  contentSecurityPolicy: z.string(),
  warnings: z.array(z.string()),
});
