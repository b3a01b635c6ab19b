import { randomUUID } from 'node:crypto';
import { claimNames, type Claims } from '../launch/claim-names.js';
import { type PlatformState } from '../platform/platform-state.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';

/** One installation of a tool. */
export interface ToolDeployment {
  /** The platform's id of the tool. */
  readonly clientId: string;
  /** One of the tool's deployment ids. */
  readonly deploymentId: string;
}

/** A request with a notice that the platform sent to a tool. */
export interface NoticeDelivery {
  /** Such as `LtiContextCopyNotice`. */
  readonly type: string;
  /** The status of the tool's answer; undefined if there was none. */
  readonly status: number | undefined;
  /** The signed notice, to send it again. */
  readonly jwt: string;
}

const TIMEOUT_MS = 10_000;
const LIFE_SECONDS = 3600;

/** The notice handlers of the tools, and the notices that are sent to them (PNS 1.0). */
export class Notices {
  /** Every request with a notice, the oldest first. */
  readonly deliveries: NoticeDelivery[] = [];
  readonly #platform: PlatformState;
  /** By deployment, then by type. */
  readonly #handlers = new Map<string, Map<string, string>>();

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  /** The address of the service for a deployment; undefined at a product without it. */
  serviceUrl({ clientId, deploymentId }: ToolDeployment): string | undefined {
    const { notices } = this.#platform.family;
    if (notices === undefined) return undefined;
    return `${this.#platform.url}${notices.path}/${encodeURIComponent(clientId)}/${encodeURIComponent(deploymentId)}`;
  }

  /** The deployment of a path of the service; undefined for another path. */
  deploymentOf(path: string): ToolDeployment | undefined {
    const { notices } = this.#platform.family;
    if (notices === undefined || !path.startsWith(`${notices.path}/`)) return undefined;
    const [clientId, deploymentId] = path
      .slice(notices.path.length + 1)
      .split('/')
      .map(decodeURIComponent);
    return clientId === undefined || deploymentId === undefined ? undefined : { clientId, deploymentId };
  }

  handlersOf(deployment: ToolDeployment): ReadonlyMap<string, string> {
    return this.#handlers.get(keyOf(deployment)) ?? new Map<string, string>();
  }

  /** @param handler the URL; empty to remove the handler */
  set(deployment: ToolDeployment, type: string, handler: string): void {
    const handlers = new Map(this.handlersOf(deployment));
    if (handler === '') handlers.delete(type);
    else handlers.set(type, handler);
    this.#handlers.set(keyOf(deployment), handlers);
  }

  /** Notifies each deployment with a handler for copied courses. */
  async sendCopy(copy: SimulatedCourse): Promise<void> {
    const claims = {
      [claimNames.context]: {
        id: copy.contextId,
        label: copy.contextId,
        title: copy.title,
        type: [this.#platform.family.launch.contextType],
      },
      // The course that was copied, and not those that it was copied from.
      [claimNames.originContexts]: copy.originContextIds.slice(0, 1),
    };
    for (const { clientId, deploymentIds } of this.#platform.tools.values()) {
      for (const deploymentId of deploymentIds) {
        await this.send({ clientId, deploymentId }, 'LtiContextCopyNotice', claims);
      }
    }
  }

  /** Sends a notice, and again if the tool does not take it and the product retries. Without a handler nothing is sent. */
  async send(deployment: ToolDeployment, type: string, claims: Claims): Promise<void> {
    const handler = this.handlersOf(deployment).get(type);
    if (handler === undefined) return;
    const jwt = await this.sign(deployment, type, claims);
    const { retries = 0 } = this.#platform.family.notices ?? {};
    for (let attempt = 0; attempt <= retries; attempt += 1) {
      const status = await this.#post(handler, jwt);
      this.deliveries.push({ type, status, jwt });
      if (status !== undefined && status < 300) return;
    }
  }

  /** A signed notice. `claims` replace those of every notice. */
  sign({ clientId, deploymentId }: ToolDeployment, type: string, claims: Claims): Promise<string> {
    const { clock, issuer, keys } = this.#platform;
    const iat = Math.floor(clock.nowMs() / 1000);
    const payload = {
      iss: issuer,
      aud: clientId,
      azp: clientId,
      iat,
      exp: iat + LIFE_SECONDS,
      nonce: randomUUID(),
      [claimNames.deploymentId]: deploymentId,
      [claimNames.version]: '1.3.0',
      [claimNames.notice]: { id: randomUUID(), timestamp: clock.now().toISOString(), type },
      ...claims,
    };
    return keys.sign(JSON.stringify(payload));
  }

  async #post(handler: string, jwt: string): Promise<number | undefined> {
    const url = new URL(handler);
    const reachable = this.#platform.reachableAt.get(url.origin) ?? url.origin;
    try {
      const { status } = await fetch(reachable + url.pathname + url.search, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ notices: [{ jwt }] }),
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return status;
    } catch {
      return undefined;
    }
  }
}

function keyOf({ clientId, deploymentId }: ToolDeployment): string {
  return JSON.stringify([clientId, deploymentId]);
}
