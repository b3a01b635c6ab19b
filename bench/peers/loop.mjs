// What an own loop costs: one token, and then the requests. `node loop.mjs undici|axios`. The floor is undici's.
import axios from 'axios';
import { importJWK, SignJWT, generateKeyPair } from 'jose';
import { Agent as HttpAgent } from 'node:http';
import { randomUUID } from 'node:crypto';
import { Agent } from 'undici';
import { bareLaunchServer } from '../../.bench/bench/bare-launch-server.js';
import { contestant, inFlight, lineItemOf, membersOf, score } from './contestant.mjs';

const { privateKey } = await generateKeyPair('RS256');
const agent = new Agent({ connections: 50 });
const client = axios.create({ httpAgent: new HttpAgent({ keepAlive: true, maxSockets: 50 }) });
const send = { undici: viaUndici, axios: viaAxios }[process.argv[2]];
const tokens = new Map();
let platform;

async function viaUndici(method, url, headers, body) {
  const { origin, pathname, search } = new URL(url);
  const answer = await agent.request({ origin, path: pathname + search, method, headers, body });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${answer.statusCode}`);
  return { json: text === '' ? undefined : JSON.parse(text), link: answer.headers.link };
}

async function viaAxios(method, url, headers, body) {
  const { data, headers: got } = await client.request({ method, url, headers, data: body });
  return { json: data, link: got.link };
}

/** One request for all callers of a client id. */
function token(clientId) {
  if (!tokens.has(clientId)) tokens.set(clientId, requestToken(clientId));
  return tokens.get(clientId);
}

async function requestToken(clientId) {
  const assertion = await new SignJWT({
    iss: clientId,
    sub: clientId,
    aud: platform.tokenUrl,
    jti: randomUUID(),
  })
    .setProtectedHeader({ alg: 'RS256', kid: '1' })
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(privateKey);
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    scope: 'https://purl.imsglobal.org/spec/lti-ags/scope/score',
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const { json } = await send('POST', platform.tokenUrl, headers, form.toString());
  return json.access_token;
}

async function post(clientId, course, nth) {
  const headers = {
    'content-type': 'application/vnd.ims.lis.v1.score+json',
    authorization: `Bearer ${await token(clientId)}`,
  };
  const body = JSON.stringify({ ...score(nth), timestamp: new Date().toISOString() });
  await send('POST', `${lineItemOf(platform.lms, course)}/scores`, headers, body);
}

async function members(clientId, course) {
  const all = [];
  for (let url = membersOf(platform.lms, course); url !== undefined;) {
    const headers = { accept: 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json' };
    const authorization = `Bearer ${await token(clientId)}`;
    const { json, link } = await send('GET', url, { ...headers, authorization });
    all.push(...json.members);
    url = /<([^>]+)>; rel="next"/.exec(link ?? '')?.[1];
  }
  return all;
}

contestant({
  open: () => undefined,
  register: (input) => void (platform = input),
  scores: ({ clientId, count, limit }) => inFlight(count, limit, (nth) => post(clientId, 1, nth)),
  herd: ({ clientId, callers }) => inFlight(callers, callers, (nth) => post(clientId, 1, nth)),
  roster: async ({ clientId }) => (await members(clientId, 'big')).length,
  courses: ({ clientId, count, limit }) => inFlight(count, limit, (nth) => members(clientId, nth)),
  listen: async ({ issuer, clientId, publicJwk }) => {
    const { url } = await bareLaunchServer({
      issuer,
      clientId,
      publicKey: await importJWK(publicJwk, 'RS256'),
    });
    return { url, login: '/', launch: '/' };
  },
});
