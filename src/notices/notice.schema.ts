import { z } from 'zod';
import { idPageQuerySchema } from '../common/page.schema.js';
import { Claim } from '../launch/context/launch-claims.schema.js';
import { isStorable } from '../common/storable-text.js';
import { opaqueTextSchema } from '../common/text.schema.js';

/** The notices that nest-lti handles by itself. Others go to the NoticeHandler. */
export const CONTEXT_COPY = 'LtiContextCopyNotice';
export const HELLO_WORLD = 'LtiHelloWorldNotice';

const id = z.string().min(1).max(255).refine(isStorable, 'holds NUL or an unpaired surrogate');
const text = z.string().optional().catch(undefined);

/** The claims of every notice. Unknown claims are allowed. */
export const noticeClaimsSchema = z.object({
  [Claim.version]: z.literal('1.3.0').optional(),
  [Claim.deploymentId]: id,
  [Claim.notice]: z.object({ id, type: id, timestamp: text }),
});

/** Those of LtiContextCopyNotice. Canvas leaves the origins out if it does not know them. */
export const contextCopySchema = z.object({
  [Claim.context]: z.object({ id, label: text, title: text }),
  [Claim.originContexts]: z.array(z.unknown()).optional().catch(undefined),
});

/** The body of POST /lti/notices, for the OpenAPI document: the route reads it by itself. */
export const noticesBodySchema = z.object({
  notices: z
    .array(z.object({ jwt: z.string() }))
    .min(1)
    .max(500),
});

/** The answer to the platform. */
export const noticesViewSchema = z.object({
  accepted: z.int(),
  /** Notices that were accepted before. */
  duplicates: z.int(),
  refused: z.array(z.object({ index: z.int(), code: z.string(), message: z.string() })),
});
export type NoticesView = z.output<typeof noticesViewSchema>;

/** `pending`: handled by a job, now or after a pause. `failed`: given up after 30 tries, with its `error`. */
const noticeStatus = z.enum(['pending', 'handled', 'failed']);

/** A notice in API responses. Its claims may name users, so they are not shown. */
export const noticeViewSchema = z.object({
  id: z.uuid(),
  registrationId: z.uuid(),
  deploymentId: z.string(),
  /** The id that the platform gave. */
  noticeId: z.string(),
  type: z.string(),
  status: noticeStatus,
  attempts: z.int(),
  /** Why the last try failed. */
  error: z.string().nullable(),
  receivedAt: z.iso.datetime(),
  /** When it is tried next. */
  retryAt: z.iso.datetime().nullable(),
  handledAt: z.iso.datetime().nullable(),
});
export type NoticeView = z.output<typeof noticeViewSchema>;

export const noticeQuerySchema = idPageQuerySchema.extend({
  registrationId: z.uuid().optional(),
  status: noticeStatus.optional(),
});
/** A page of the list of notices; every filter may be left out. */
export type NoticeQuery = Partial<z.output<typeof noticeQuerySchema>>;

/** Body of PUT, and query of DELETE /api/v1/registrations/:id/notice-handlers. */
export const noticeHandlerKeySchema = z.strictObject({
  deploymentId: opaqueTextSchema(255),
  noticeType: opaqueTextSchema(255),
});
export type NoticeHandlerKey = z.output<typeof noticeHandlerKeySchema>;

export const noticeHandlersQuerySchema = noticeHandlerKeySchema.pick({ deploymentId: true });

/** A notice handler that is set at the platform, in API responses. */
export const noticeHandlerViewSchema = z.object({
  noticeType: z.string(),
  /** Where the platform sends these notices. */
  handler: z.string(),
  /** Whether that is this tool's `/lti/notices`. */
  isOurs: z.boolean(),
});
export type NoticeHandlerView = z.output<typeof noticeHandlerViewSchema>;
