import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { allScopes } from '../../src/testing/service-constants.js';
import { type SimulatedPlatform } from '../../src/testing/simulated-platform.js';

export interface AssertionChanges {
  /** Claims to set; undefined leaves one out. */
  readonly claims?: Record<string, unknown>;
  readonly header?: { alg?: string; kid?: string | undefined };
  readonly nowSeconds?: number;
}

/** A tool that signs valid and invalid assertions, for tests of the simulated platform. */
export class SigningTool {
  readonly clientId = 'tool-1';
  readonly publicKey: JWK;
  readonly #privateKey: Parameters<SignJWT['sign']>[0];

  private constructor(publicKey: JWK, privateKey: Parameters<SignJWT['sign']>[0]) {
    this.publicKey = publicKey;
    this.#privateKey = privateKey;
  }

  static async create(kid = 'key-1'): Promise<SigningTool> {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    return new SigningTool({ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }, privateKey);
  }

  get jwks() {
    return { keys: [{ ...this.publicKey, kty: 'RSA' }] };
  }

  /** A valid assertion (SEC 4.1.1) with these changes. */
  assertion(lms: SimulatedPlatform, nowSeconds: number, changes: AssertionChanges = {}): Promise<string> {
    const claims: JWTPayload = {
      iss: this.clientId,
      sub: this.clientId,
      aud: lms.tokenAudience,
      iat: nowSeconds - 30,
      exp: nowSeconds + 270,
      jti: randomUUID(),
      ...changes.claims,
    };
    const { alg = 'RS256', kid } = { kid: this.publicKey.kid, ...changes.header };
    const header = { alg, ...(kid === undefined ? {} : { kid }) };
    return new SignJWT(claims).setProtectedHeader(header).sign(this.#privateKey);
  }

  /** Requests a token with this assertion. `changes` are parameters of the form; undefined leaves one out. */
  async post(
    lms: SimulatedPlatform,
    clientAssertion: string,
    changes: Record<string, string | undefined> = {},
  ) {
    const form: Record<string, string | undefined> = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: clientAssertion,
      scope: allScopes.join(' '),
      ...changes,
    };
    const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return fetch(lms.tokenUrl, { method: 'POST', body: new URLSearchParams(given) });
  }

  /** Requests a token with a valid assertion. */
  async ask(
    lms: SimulatedPlatform,
    nowSeconds: number,
    changes?: AssertionChanges,
    form?: Record<string, string | undefined>,
  ): Promise<{ status: number; type: string | null; body: string }> {
    const response = await this.post(lms, await this.assertion(lms, nowSeconds, changes), form);
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    };
  }

  /** The status and `error` of a refused request, and the reasons that the platform counted. */
  async reasonOf(...request: Parameters<SigningTool['ask']>): Promise<unknown[]> {
    const { status, body } = await this.ask(...request);
    const { error } = JSON.parse(body) as { error: string };
    return [status, error, ...Object.keys(request[0].counts.rejected)];
  }

  /** A token for these scopes; all scopes by default. */
  async token(lms: SimulatedPlatform, nowSeconds: number, scope = allScopes.join(' ')): Promise<string> {
    const response = await this.post(lms, await this.assertion(lms, nowSeconds), { scope });
    const { access_token: token } = (await response.json()) as { access_token: string };
    return token;
  }
}
