import { checkClientAssertion, type TokenOwner } from './client-assertion-check.js';
import { type Endpoint } from '../platform/endpoint.js';
import { type Fault } from '../faults/fault.schema.js';
import { faultOf } from '../faults/faults.js';
import { type Answer, htmlAnswer, type PlatformRequest } from '../http/http-exchange.js';
import { type PlatformState } from '../platform/platform-state.js';
import { type SimulatedTool } from '../tools/simulated-tool.js';
import { TokenRefused } from './token.errors.js';
import { readTokenRequest } from './token-request.js';

/** The token end point (SEC 4.1). It answers a signed assertion with a bearer token. */
export class TokenEndpoint implements Endpoint {
  readonly faultTarget = 'token';
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === this.#platform.family.paths.token;
  }

  countRequest(): void {
    this.#platform.counters.counts.tokenRequests += 1;
  }

  courseOf(): undefined {
    return undefined;
  }

  async answer(request: PlatformRequest, faults: readonly Fault[]): Promise<Answer> {
    try {
      const { clientAssertion, scopes } = readTokenRequest(request);
      const { tool, ...owner } = await checkClientAssertion(clientAssertion, this.#platform);
      return this.#issue(owner, this.#grantedScopes(tool, scopes), faults);
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      this.#platform.counters.countRejection(error.reason);
      return this.#refuse(error);
    }
  }

  /** The answer to a caller that a fault refuses. */
  unauthorized(): Answer {
    return this.#answer(401, { error: 'invalid_client' });
  }

  #grantedScopes(tool: SimulatedTool, asked: readonly string[]): readonly string[] {
    const granted = asked.filter((scope) => tool.scopes.includes(scope));
    const refused = asked.filter((scope) => !tool.scopes.includes(scope));
    const refusesAll = refused.length > 0 && this.#platform.family.token.unknownScopes === 'refused';
    if (refusesAll || granted.length === 0) {
      throw new TokenRefused('invalid_scope', `Not for this tool: ${refused.join(' ')}`);
    }
    return granted;
  }

  #issue(owner: TokenOwner, granted: readonly string[], faults: readonly Fault[]): Answer {
    const { tokenFormat, tokenType } = this.#platform.family.token;
    const life = faultOf(faults, 'token-life')?.seconds ?? this.#platform.tokenLifeSeconds;
    const withheld = faultOf(faults, 'smaller-scope')?.withhold ?? [];
    const scopes = granted.filter((scope) => !withheld.includes(scope));
    const token = this.#platform.issuedTokens.issue(owner, scopes, life, tokenFormat);
    this.#platform.counters.counts.tokensIssued += 1;
    const lie = faultOf(faults, 'expires-in');
    return this.#answer(200, {
      access_token: faultOf(faults, 'null-token') ? null : token.accessToken,
      token_type: tokenType,
      // A fault without a value omits the field.
      ...(lie === undefined
        ? { expires_in: life }
        : lie.value === undefined
          ? {}
          : { expires_in: lie.value }),
      scope: scopes.join(' '),
    });
  }

  #refuse({ reason, detail }: TokenRefused): Answer {
    const refusal = this.#platform.family.token.refusals[reason];
    if (refusal.html === true) return htmlAnswer(refusal.status, refusal.error);
    const description = refusal.described === true ? { error_description: detail } : {};
    return this.#answer(refusal.status, { error: refusal.error.replace('{detail}', detail), ...description });
  }

  #answer(status: number, body: Record<string, unknown>): Answer {
    const { contentType, layout } = this.#platform.family.token;
    return {
      status,
      headers: {
        'content-type': contentType,
        'cache-control': 'no-store',
        ...(status === 405 ? { allow: 'POST' } : {}),
      },
      body: layout === 'json' ? JSON.stringify(body) : pastedJson(body),
    };
  }
}

// Moodle writes its token answers without an encoder, so a quote inside a value ends the value (measured).
function pastedJson(body: Record<string, unknown>): string {
  const lines = Object.entries(body).map(
    ([name, value]) => `  "${name}" : ${typeof value === 'string' ? `"${value}"` : JSON.stringify(value)}`,
  );
  return `{\n${lines.join(',\n')}\n}`;
}
