// The platform of all contestants: it takes every token request and score, and its rosters have pages of 100.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { contestant } from './contestant.mjs';

const PAGE = 100;
const COURSES = 200;
const COURSE_MEMBERS = 50;
const BIG_COURSE_MEMBERS = 10_000;
const MEMBERS_TYPE = 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json';
const TOKEN = JSON.stringify({ access_token: 'x'.repeat(43), token_type: 'Bearer', expires_in: 3600 });
let tokenRequests = {};
let scored = new Set();
const pages = new Map();

const server = createServer(async (request, response) => {
  const body = await text(request);
  const { pathname, searchParams } = new URL(request.url, 'http://stub');
  const [, , course, service] = pathname.split('/');
  if (pathname === '/token') {
    const [, claims] = new URLSearchParams(body).get('client_assertion').split('.');
    const { iss, scope } = JSON.parse(Buffer.from(claims, 'base64url'));
    tokenRequests[iss] = (tokenRequests[iss] ?? 0) + 1;
    const scopes = new URLSearchParams(body).get('scope') ?? scope;
    response.setHeader('content-type', 'application/json').end(TOKEN.replace('}', `,"scope":"${scopes}"}`));
  } else if (service === 'members') {
    const page = Number(searchParams.get('page') ?? 0);
    const size = course === 'big' ? BIG_COURSE_MEMBERS : COURSE_MEMBERS;
    if ((page + 1) * PAGE < size) {
      const next = `http://${request.headers.host}${pathname}?page=${page + 1}`;
      response.setHeader('link', `<${next}>; rel="next"`);
    }
    response.setHeader('content-type', MEMBERS_TYPE).end(pageOf(course, page, size, request.headers.host));
  } else {
    scored.add(JSON.parse(body).userId);
    response.writeHead(204).end();
  }
});

function pageOf(course, page, size, host) {
  const key = `${course} ${page}`;
  if (!pages.has(key)) {
    const members = Array.from({ length: Math.min(PAGE, size - page * PAGE) }, (_, nth) => {
      const id = page * PAGE + nth;
      const name = { name: `Ada ${id}`, given_name: 'Ada', family_name: String(id) };
      const roles = ['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'];
      return { user_id: `user-${id}`, status: 'Active', email: `user-${id}@example.edu`, ...name, roles };
    });
    const id = `http://${host}/courses/${course}/members`;
    const context = { id: String(course), label: 'C', title: 'Course' };
    pages.set(key, JSON.stringify({ id, context, members }));
  }
  return pages.get(key);
}

await once(server.listen(0, '127.0.0.1'), 'listening');
const host = `localhost:${server.address().port}`;
// Before the first reader, who would pay for them.
for (let page = 0; page * PAGE < BIG_COURSE_MEMBERS; page += 1) pageOf('big', page, BIG_COURSE_MEMBERS, host);
for (let course = 0; course < COURSES; course += 1) pageOf(String(course), 0, COURSE_MEMBERS, host);
contestant({
  // A host name, as platforms have.
  url: () => `http://${host}`,
  /** What it got since the last call. */
  counts: () => {
    const counts = { tokenRequests, scores: scored.size };
    [tokenRequests, scored] = [{}, new Set()];
    return counts;
  },
});
