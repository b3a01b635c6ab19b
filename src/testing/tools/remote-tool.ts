import { ToolNotConnected } from '../testing.errors.js';
import { type ToolRegistration } from './tool-registration.js';

/** Registers the platform at a running service by its REST API. */
export async function registerByRest(
  serviceUrl: string,
  apiKey: string,
  input: ToolRegistration,
): Promise<ConnectedRegistration> {
  const response = await fetch(`${serviceUrl}/api/v1/registrations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(30_000),
  });
  const body = await response.text();
  if (response.status !== 201) throw ToolNotConnected.answered(serviceUrl, response.status, detailOf(body));
  return JSON.parse(body) as ConnectedRegistration;
}

/** The `detail` of problem details (RFC 9457), else the body. */
function detailOf(body: string): string {
  try {
    const problem = JSON.parse(body) as { detail?: unknown } | null;
    return typeof problem?.detail === 'string' ? problem.detail : body;
  } catch {
    return body;
  }
}

/** A registration as `POST /api/v1/registrations` answers it. */
export type ConnectedRegistration = ToolRegistration & { readonly id: string };
