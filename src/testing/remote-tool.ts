import { ToolNotConnected } from './testing.errors.js';
import { type ToolRegistration } from './tool-registration.js';

/** Registers the platform at a running service by its REST API. */
export async function registerByRest(
  serviceUrl: string,
  apiKey: string,
  input: ToolRegistration,
): Promise<ConnectedRegistration> {
  const response = await fetch(`${serviceUrl}/api/registrations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(30_000),
  });
  const body = await response.text();
  if (response.status !== 201) throw new ToolNotConnected(serviceUrl, response.status, body);
  return JSON.parse(body) as ConnectedRegistration;
}

/** A registration as `POST /api/registrations` answers it. */
export type ConnectedRegistration = ToolRegistration & { readonly id: string };
