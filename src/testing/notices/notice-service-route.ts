import { type Answer, jsonAnswer, mediaType, type PlatformRequest } from '../http/http-exchange.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { noticeScope } from '../service-constants.js';
import { bearerFault } from '../tokens/bearer-check.js';
import { type SimulatedTool } from '../tools/simulated-tool.js';
import { type ToolDeployment } from './notices.js';

const KEYS: readonly unknown[] = ['notice_type', 'handler', 'max_batch_size'];

/** The Platform Notification Service (PNS 1.0): a tool reads and sets its notice handlers. Strict, and refuses as Canvas does. */
export class NoticeServiceRoute implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return this.#platform.notices.deploymentOf(path) !== undefined;
  }

  answer(request: PlatformRequest): Answer {
    const fault = bearerFault(request, [noticeScope], this.#platform);
    if (fault !== undefined) {
      this.#platform.counters.countRejection(fault);
      return jsonAnswer(401, { errors: { type: 'unauthorized', message: fault } });
    }
    const deployment = this.#platform.notices.deploymentOf(request.url.pathname);
    const tool = this.#platform.tools.get(deployment?.clientId ?? '');
    if (deployment === undefined || tool === undefined) return refusal(404, 'The tool does not exist.');
    if (request.method === 'GET') return jsonAnswer(200, this.#catalog(deployment));
    return request.method === 'PUT' ? this.#set(request, deployment, tool) : refusal(405, 'Use GET or PUT.');
  }

  #catalog(deployment: ToolDeployment): unknown {
    const handlers = this.#platform.notices.handlersOf(deployment);
    const { types = [] } = this.#platform.family.notices ?? {};
    return {
      // Canvas writes it as a number.
      client_id: /^\d{1,15}$/.test(deployment.clientId) ? Number(deployment.clientId) : deployment.clientId,
      deployment_id: deployment.deploymentId,
      notice_handlers: types.map((type) => ({ notice_type: type, handler: handlers.get(type) ?? '' })),
    };
  }

  #set({ headers, body }: PlatformRequest, deployment: ToolDeployment, tool: SimulatedTool): Answer {
    if (mediaType(headers['content-type']) !== 'application/json')
      return refusal(400, 'The body is not JSON.');
    const input = objectIn(body);
    if (input === undefined) return refusal(400, 'The body is not a JSON object.');
    const { notice_type: type, handler } = input;
    const unknown = Object.keys(input).find((key) => !KEYS.includes(key));
    if (unknown !== undefined) return refusal(400, `${unknown} is not a parameter.`);
    const { notices } = this.#platform;
    const { types = [] } = this.#platform.family.notices ?? {};
    if (typeof type !== 'string' || !types.includes(type)) return refusal(400, 'Unknown notice_type.');
    if (typeof handler !== 'string') return refusal(400, 'handler is not a text.');
    if (handler !== '' && hostOf(handler) !== hostOf(tool.launch?.loginUrl ?? '')) {
      return refusal(400, 'handler is not a URL of the domain of the tool.');
    }
    notices.set(deployment, type, handler);
    return jsonAnswer(200, { notice_type: type, handler });
  }
}

function refusal(status: number, message: string): Answer {
  return jsonAnswer(status, { errors: { type: 'bad_request', message } });
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) && /^https?:/i.test(url) ? new URL(url).host : undefined;
}

function objectIn(body: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
