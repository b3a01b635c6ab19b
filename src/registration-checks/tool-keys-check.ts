import { Inject, Injectable } from '@nestjs/common';
import { type JWK } from 'jose';
import { z } from 'zod';
import { LtiConfig } from '../config/lti-config.js';
import { JWKS_PATH } from '../keys/jwks.controller.js';
import { ToolKeyService } from '../keys/tool-key.service.js';
import { PlatformHttpService } from '../platform-http/platform-http.service.js';
import { type Registration } from '../registrations/registration.entity.js';
import { failed, type Finding, passed } from './check-step.js';
import { checkOwnUrl } from './own-url.js';

const OK = 200;

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kid: z.string().nullish() })).max(1000) });
type PublishedKey = z.output<typeof keySetSchema>['keys'][number];

/** Our own key set under its public URL: platforms verify our messages with it. */
@Injectable()
export class ToolKeysCheck {
  readonly url: string;

  constructor(
    private readonly http: PlatformHttpService,
    private readonly keys: ToolKeyService,
    @Inject(LtiConfig) { publicUrl }: LtiConfig,
  ) {
    this.url = `${publicUrl}${JWKS_PATH}`;
  }

  check(
    { assertionAlgorithm }: Pick<Registration, 'assertionAlgorithm'>,
    signal: AbortSignal,
  ): Promise<Finding> {
    const { url } = this;
    return checkOwnUrl(
      this.http,
      url,
      {
        answered: ({ status, body }) =>
          status === OK
            ? // Deep linking responses are always signed with RS256.
              this.compared(body, [...new Set(['RS256' as const, assertionAlgorithm])])
            : this.unreachable(`${url} answers ${status}`, { platformStatus: status }),
        unreachable: (why, details) => this.unreachable(why, details),
      },
      signal,
    );
  }

  private async compared(body: string, algorithms: readonly ('RS256' | 'ES256')[]): Promise<Finding> {
    const { url } = this;
    const published = keysIn(body);
    if (published === undefined) return this.unreachable(`${url} does not answer with a key set`, {});
    const signing = (await this.keys.list()).filter(
      ({ key, state }) => state === 'active' && algorithms.includes(key.algorithm),
    );
    const missing = signing.filter(({ key }) => !published.some((other) => isSameKey(other, key)));
    if (missing.length > 0) {
      const kids = missing.map(({ key }) => key.kid);
      return failed(
        'tool_keys_missing',
        'tool_operator',
        `The key set at ${url} lacks the key that this process signs with (${kids.join(', ')}), so platforms refuse our messages. ` +
          'Check that publicUrl (PUBLIC_URL) leads to this service and its database, and that no proxy serves an old copy for long.',
        { url, missingKeys: kids },
      );
    }
    return passed('tool_keys_published', `Our key set at ${url} has the keys that we sign with.`, { url });
  }

  private unreachable(what: string, details: Record<string, unknown>): Finding {
    return failed(
      'tool_keys_unreachable',
      'tool_operator',
      `Our own key set cannot be read: ${what.replace(/\.$/, '')}. Platforms need it to verify our messages. Check publicUrl (PUBLIC_URL), ` +
        `and the proxy in front: it has to pass ${JWKS_PATH} on without a log-in.`,
      { url: this.url, ...details },
    );
  }
}

function keysIn(body: string): PublishedKey[] | undefined {
  try {
    return keySetSchema.parse(JSON.parse(body)).keys;
  } catch {
    return undefined;
  }
}

/** Another service may publish another key under the same kid. */
function isSameKey(published: PublishedKey, { kid, publicJwk }: { kid: string; publicJwk: JWK }): boolean {
  const members = ['kty', 'n', 'e', 'crv', 'x', 'y'] as const;
  return published.kid === kid && members.every((member) => published[member] === publicJwk[member]);
}
