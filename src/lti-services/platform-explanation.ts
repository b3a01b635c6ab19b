import { z } from 'zod';

const words = z.string().optional().catch(undefined);
/** The formats in which platforms explain a refusal: Moodle, RFC 6750, Open edX, Django's services, Canvas. */
const explanationSchema = z.object({
  reason: words,
  error: words,
  error_description: words,
  explanation: words,
  detail: words,
  message: words,
  errors: z
    .union([
      z.object({ message: words }),
      z.array(z.object({ message: words })).transform(([first]) => first),
    ])
    .optional()
    .catch(undefined),
});

/** The explanation in a platform's JSON; undefined without one. It has to be made harmless before it is shown. */
export function explanationOf(body: string): { error: string | undefined; words: string } | undefined {
  const { data } = explanationSchema.safeParse(parseJson(body));
  if (data === undefined) return undefined;
  const sentence =
    data.reason ??
    data.error_description ??
    data.explanation ??
    data.detail ??
    data.message ??
    data.errors?.message;
  const parts = [data.error, sentence].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : { error: data.error, words: parts.join(': ') };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
