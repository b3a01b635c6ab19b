import { Agent } from 'undici';
import { type BenchPlatform } from './launch-platform.js';

/** One launch: login, the platform's signature, launch. Throws unless it ends in a session. */
export function launchClient(
  toolUrl: string,
  platform: BenchPlatform,
  paths = { login: '/lti/login', launch: '/lti/launch' },
): () => Promise<void> {
  const agent = new Agent({ connections: 20 });
  const login = new URLSearchParams({
    iss: platform.issuer,
    client_id: platform.clientId,
    login_hint: '5',
    lti_message_hint: '{"cmid":2}',
    target_link_uri: `${toolUrl}${paths.launch}`,
  }).toString();
  return async () => {
    const begun = await agent.request({ origin: toolUrl, path: `${paths.login}?${login}`, method: 'GET' });
    await begun.body.dump();
    const query = new URL(String(begun.headers.location)).searchParams;
    const [cookie] = String(begun.headers['set-cookie']).split(';');
    const idToken = await platform.idToken(query.get('nonce') ?? '');
    const launched = await agent.request({
      origin: toolUrl,
      path: paths.launch,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', cookie },
      body: new URLSearchParams({ id_token: idToken, state: query.get('state') ?? '' }).toString(),
    });
    const page = await launched.body.text();
    // nest-lti answers a page that posts the one-time code to the tool. The others redirect with their session.
    const isRedirect = /[?&](?:code|session|ltik)=/.test(String(launched.headers.location));
    const hasSession = isRedirect || page.includes('name="code"');
    if (!hasSession) throw new Error(`The launch at ${toolUrl} ended with ${launched.statusCode}: ${page}`);
  };
}
