import { type SimulatedPlatform } from '../../src/testing/index.js';
import { total } from './fleet-campus.js';
import { type TokenProcess } from './token-fleet.js';
import { type Outcomes } from './token-process.js';
import { type TokenStage } from './token-stage.js';
import { type OAuthStyle, PROFILE, rotatingProvider } from './user-grant-scene.js';

const REDIRECT_URI = 'https://tool.example.edu/user-grants/callback';
const CLIENT = { clientId: 'user-client', clientSecret: 'the-secret-of-the-user-client' };
const LIFE_SECONDS = 3600;

/** A user's grant that several processes use. */
export class UserGrantCampus {
  private constructor(
    private readonly tool: string,
    readonly platform: SimulatedPlatform,
    readonly userId: string,
    private readonly registrationId: string,
  ) {}

  static async open(stage: TokenStage, tool: string, style: OAuthStyle): Promise<UserGrantCampus> {
    const { lms, registrationId } = await stage.campus(tool);
    const { contextId } = lms.addCourse({ members: 2 });
    const { userId } = lms.course(contextId).members[0]!;
    lms.addUserOAuthClient({
      ...CLIENT,
      redirectUris: [REDIRECT_URI],
      style,
      tokenLifeSeconds: LIFE_SECONDS,
    });
    lms.userOAuth.consentAs(userId);
    const { access_token, refresh_token } = await consent(lms, style);
    await stage.processes[0]!.tell('adoptGrant', tool, {
      key: { registrationId, userId },
      client: {
        ...CLIENT,
        apiUrl: lms.url,
        provider: style === 'canvas' ? 'canvas' : (rotatingProvider as never),
      },
      accessToken: access_token,
      refreshToken: refresh_token,
      lifeSeconds: LIFE_SECONDS,
    });
    return new UserGrantCampus(tool, lms, userId, registrationId);
  }

  /** The number of refresh requests, also of those without an answer. */
  get refreshes(): number {
    return this.platform.counts.userTokenRequests.refresh_token ?? 0;
  }

  /** Makes the calls at once in each of the processes. */
  async call(processes: readonly TokenProcess[], times: number): Promise<Outcomes> {
    const { registrationId, userId } = this;
    const calls = { key: { registrationId, userId }, url: PROFILE, times };
    return total(await Promise.all(processes.map((each) => each.tell('callAsUser', this.tool, calls))));
  }
}

/** A consent without a browser and a tool. */
async function consent(
  { userOAuth }: SimulatedPlatform,
  style: OAuthStyle,
): Promise<{ access_token: string; refresh_token: string }> {
  const { clientId, clientSecret } = CLIENT;
  const question = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    state: 's',
  });
  const answer = await fetch(`${userOAuth.authorizeUrl}?${question.toString()}`, { redirect: 'manual' });
  const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const inBody = { client_id: clientId, client_secret: clientSecret };
  const form = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI };
  const response = await fetch(userOAuth.tokenUrl, {
    method: 'POST',
    headers: style === 'canvas' ? {} : { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ ...form, ...(style === 'canvas' && inBody) }),
  });
  expect(response.status).toBe(200);
  return response.json() as Promise<{ access_token: string; refresh_token: string }>;
}
