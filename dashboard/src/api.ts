import { API } from './paths.js';

/** A check of a registration takes up to a minute. */
const TIMEOUT_MS = 70_000;

/** An answer of the REST API that is not a success, or no answer. */
export class ApiProblem extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    /** What is wrong with each field of a form. */
    readonly fields: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** Fires `signed-out` when the REST API does not know the session any more. */
export const sessionEvents = new EventTarget();

interface Problem {
  detail?: string;
  code?: string;
  errors?: { field: string; message: string }[];
}

/**
 * Calls the REST API as the API key of the session.
 *
 * @param path below `/api/v1/`
 * @throws ApiProblem
 */
export async function call<T>(method: string, path: string, body?: object, signal?: AbortSignal): Promise<T> {
  const response = await send(method, path, body, signal);
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  const problem = (await response.json().catch(() => ({}))) as Problem;
  if (response.status === 401) sessionEvents.dispatchEvent(new Event('signed-out'));
  throw new ApiProblem(
    problem.detail ?? `The service answered ${response.status}.`,
    response.status,
    problem.code ?? 'unknown',
    Object.fromEntries((problem.errors ?? []).map(({ field, message }) => [field, message])),
  );
}

async function send(method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await fetch(API + path, {
      method,
      // Other sites cannot send X-Requested-With, so it shows that this page asks for a change.
      headers: {
        Accept: 'application/json',
        'X-Requested-With': 'nest-lti-dashboard',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiProblem('The service does not answer. Check the network, then try again.', 0, 'unreachable');
  }
}

/** The problem to show for an error that was caught. */
export function problemOf(error: unknown): ApiProblem {
  return error instanceof ApiProblem ? error : new ApiProblem(String(error), 0, 'unknown');
}
