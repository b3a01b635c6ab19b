import { z } from 'zod';
import { textSchema as text, urlSchema } from '../common/text.schema.js';
import { checkPassedBody, passedRequestFields } from '../platform-http/passed-request.schema.js';

/** Body of POST /api/v1/registrations/:id/requests. */
export const serviceRequestSchema = z
  .strictObject({
    ...passedRequestFields,
    /** At a host of the registration, or of the end points of the course. */
    url: urlSchema,
    /** The scopes that the service needs. The registration has them. */
    scopes: z.array(text(1024)).min(1, 'must name at least one scope').max(20),
    /** A course of the registration, whose end points show where the platform is. It also names the deployment. */
    courseId: z.uuid('must be the id of a course').optional(),
    /** Goes on to the URL that a redirect names. The token is sent to the platform's hosts only. */
    followsRedirects: z.boolean().optional(),
  })
  .superRefine(checkPassedBody);
export type ServiceRequestBody = z.output<typeof serviceRequestSchema>;
