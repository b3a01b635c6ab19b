// @lti-tool/core with a storage in memory: it has no server, so a bare one calls it. Plain Node cannot load its files, which
// import each other without endings and JSON without its attribute: so it is bundled.
import { build } from 'esbuild';
import { randomUUID, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { contestant, inFlight, lineItemOf, membersOf, score } from './contestant.mjs';

const bundle = fileURLToPath(new URL('node_modules/.cache/lti-tool-core.mjs', import.meta.url));
await build({
  stdin: { contents: `export { LTITool } from '@lti-tool/core';`, resolveDir: import.meta.dirname },
  outfile: bundle,
  bundle: true,
  format: 'esm',
  platform: 'node',
  logLevel: 'error',
});
const { LTITool } = await import(bundle);

const clients = new Map();
const nonces = new Map();
const sessions = new Map();
const configs = new Map();
const configKey = (...parts) => parts.join(' ');
const storage = {
  addClient: async (client) => {
    const id = randomUUID();
    clients.set(id, { ...client, id, deployments: [] });
    return id;
  },
  getClientById: async (id) => clients.get(id),
  addDeployment: async (id, deployment) => {
    const client = clients.get(id);
    const { iss, clientId, authUrl, tokenUrl, jwksUrl } = client;
    const { deploymentId } = deployment;
    client.deployments.push({ ...deployment, id: deploymentId });
    const config = { iss, clientId, deploymentId, authUrl, tokenUrl, jwksUrl };
    configs.set(configKey(iss, clientId, deploymentId), config);
    return deploymentId;
  },
  getLaunchConfig: async (...parts) => configs.get(configKey(...parts)),
  storeNonce: async (nonce, expiresAt) => void nonces.set(nonce, expiresAt),
  validateNonce: async (nonce) => nonces.delete(nonce),
  addSession: async (session) => {
    sessions.set(session.id, session);
    return session.id;
  },
  getSession: async (id) => sessions.get(id),
};
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
};
const keyPair = await webcrypto.subtle.generateKey(rsa, true, ['sign', 'verify']);
const tool = new LTITool({
  stateSecret: new TextEncoder().encode('a-secret-of-32-characters-or-more'),
  keyPair,
  storage,
});

let platform;
const sessionOf = (clientId, course) => ({
  platform: { issuer: platform.issuer, clientId, deploymentId: platform.deploymentId, name: 'Bench' },
  services: {
    ags: { lineitem: lineItemOf(platform.lms, course), scopes: [] },
    nrps: { membershipUrl: membersOf(platform.lms, course), versions: ['2.0'] },
  },
});
const post = (clientId, nth) => tool.submitScore(sessionOf(clientId, 1), score(nth));

async function serve(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://tool');
  if (pathname === '/login') {
    const launchUrl = `http://${request.headers.host}/launch`;
    const input = {
      ...Object.fromEntries(searchParams),
      launchUrl,
      lti_deployment_id: platform.deploymentId,
    };
    response.writeHead(302, { location: await tool.handleLogin(input) }).end();
    return;
  }
  const form = new URLSearchParams(await text(request));
  const session = await tool.createSession(await tool.verifyLaunch(form.get('id_token'), form.get('state')));
  response.writeHead(303, { location: `/?session=${session.id}` }).end();
}

contestant({
  open: () => undefined,
  register: async (input) => {
    platform = input;
    const { issuer, clientId, tokenUrl, jwksUrl, deploymentId } = input;
    const client = { name: 'Bench', iss: issuer, clientId, tokenUrl, jwksUrl, authUrl: `${issuer}/auth` };
    await tool.addDeployment(await tool.addClient(client), { deploymentId });
  },
  scores: ({ clientId, count, limit }) => inFlight(count, limit, (nth) => post(clientId, nth)),
  herd: ({ clientId, callers }) => inFlight(callers, callers, (nth) => post(clientId, nth)),
  roster: async ({ clientId }) => (await tool.getMembers(sessionOf(clientId, 'big'))).length,
  courses: ({ clientId, count, limit }) =>
    inFlight(count, limit, (nth) => tool.getMembers(sessionOf(clientId, nth))),
  listen: async ({ port }) => {
    const server = createServer((request, response) => {
      serve(request, response).catch((error) => response.writeHead(500).end(String(error)));
    });
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return { url: `http://127.0.0.1:${port}`, login: '/login', launch: '/launch' };
  },
});
