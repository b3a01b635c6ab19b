import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SystemClock } from '../src/common/clock.js';
import { LoopbackServer } from '../test/support/loopback-server.js';

const RECORDING = 'test/fixtures/moodle-4.5.6-launch.json';
const KID = 'bench';
const LIFE_S = 600;
const TARGET = 'https://purl.imsglobal.org/spec/lti/claim/target_link_uri';

/** Signs the claims of a real Moodle's launch with a new key. */
export class BenchPlatform {
  /** That of the tool whose launches are signed now. */
  clientId: string = randomUUID();

  private constructor(
    private readonly server: LoopbackServer,
    private readonly claims: Record<string, unknown>,
    private readonly privateKey: CryptoKey,
    readonly publicKey: CryptoKey,
  ) {}

  static async start(): Promise<BenchPlatform> {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const jwk = { ...(await exportJWK(publicKey)), kid: KID, alg: 'RS256', use: 'sig' };
    const server = await LoopbackServer.start((response) => response.end(JSON.stringify({ keys: [jwk] })));
    const { claims } = JSON.parse(await readFile(RECORDING, 'utf8')) as { claims: Record<string, unknown> };
    return new BenchPlatform(server, claims, privateKey, publicKey);
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.server.port}`;
  }

  get jwksUrl(): string {
    return `${this.issuer}/jwks`;
  }

  /** Launches of another tool from now on. */
  renew(): string {
    this.clientId = randomUUID();
    return this.clientId;
  }

  idToken(nonce: string): Promise<string> {
    const now = Math.floor(new SystemClock().nowMs() / 1000);
    const claims = {
      ...this.claims,
      [TARGET]: 'https://tool.example.edu',
      iss: this.issuer,
      aud: this.clientId,
      nonce,
      iat: now,
      exp: now + LIFE_S,
    };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: KID, typ: 'JWT' })
      .sign(this.privateKey);
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }
}
