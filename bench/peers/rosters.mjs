// A platform with rosters of any size: /SIZE/COURSE/members. It answers from memory, as fast as Node can.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { contestant } from './contestant.mjs';

const MAX_PAGE = 500;
const MEMBERS_TYPE = 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json';
const TOKEN = JSON.stringify({ access_token: 'x'.repeat(43), token_type: 'Bearer', expires_in: 3600 });
let counts = newCounts();
let hasDifferences = false;
/** Each change renames the first member of every course. */
let changes = 0;
const pages = new Map();

const server = createServer(async (request, response) => {
  await text(request);
  const { pathname, searchParams } = new URL(request.url, 'http://stub');
  if (pathname === '/token') {
    counts.tokenRequests += 1;
    response.setHeader('content-type', 'application/json').end(TOKEN);
    return;
  }
  const size = Number(pathname.split('/')[1]);
  const url = `http://${request.headers.host}${pathname}`;
  const since = searchParams.get('since');
  counts[since === null ? 'rosterRequests' : 'differencesRequests'] += 1;
  const limit = Math.min(MAX_PAGE, Number(searchParams.get('limit') ?? MAX_PAGE));
  const from = Number(searchParams.get('from') ?? 0);
  const links = [];
  if (since === null && from + limit < size) {
    links.push(`<${url}?limit=${limit}&from=${from + limit}>; rel="next"`);
  } else if (hasDifferences) links.push(`<${url}?since=${changes}>; rel="differences"`);
  if (links.length > 0) response.setHeader('link', links);
  const count = since === null ? Math.min(limit, size - from) : Number(Number(since) < changes);
  const head = JSON.stringify({ id: url, context: { id: pathname } }).slice(0, -1);
  response.setHeader('content-type', MEMBERS_TYPE).end(`${head},"members":${membersOf(from, count)}}`);
});

function membersOf(from, count) {
  const key = `${from} ${count} ${changes}`;
  let members = pages.get(key);
  if (members === undefined) {
    members = JSON.stringify(Array.from({ length: count }, (_, nth) => memberOf(from + nth)));
    pages.set(key, members);
  }
  return members;
}

function memberOf(nth) {
  const given = nth === 0 ? `Ada the ${changes}.` : 'Ada';
  const name = { name: `${given} ${nth}`, given_name: given, family_name: String(nth) };
  const roles = ['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'];
  return { user_id: `user-${nth}`, status: 'Active', email: `user-${nth}@example.edu`, ...name, roles };
}

function newCounts() {
  return { tokenRequests: 0, rosterRequests: 0, differencesRequests: 0 };
}

await once(server.listen(0, '127.0.0.1'), 'listening');
contestant({
  // A host name, as platforms have.
  url: () => `http://localhost:${server.address().port}`,
  /** The requests since the last call. */
  counts: () => {
    const taken = counts;
    counts = newCounts();
    return taken;
  },
  offerDifferences: () => void (hasDifferences = true),
  change: () => void (changes += 1),
});
