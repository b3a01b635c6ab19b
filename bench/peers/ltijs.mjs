// ltijs as its documentation sets it up, with its plugin for PostgreSQL. Cookies without `secure`, because the bench has no TLS.
import Database from 'ltijs-sequelize';
import ltijs from 'ltijs';
import { contestant, inFlight, lineItemOf, membersOf, score } from './contestant.mjs';

const { Provider: lti } = ltijs;
let platform;
const tokenOf = (clientId, course) => ({
  iss: platform.issuer,
  clientId,
  user: 'user-1',
  platformContext: {
    endpoint: {
      lineitems: `${platform.lms}/courses/${course}/lineitems`,
      lineitem: lineItemOf(platform.lms, course),
    },
    namesRoles: { context_memberships_url: membersOf(platform.lms, course) },
  },
});
const post = (clientId, nth) =>
  lti.Grade.submitScore(tokenOf(clientId, 1), lineItemOf(platform.lms, 1), score(nth));
const members = async (clientId, course) =>
  (await lti.NamesAndRoles.getMembers(tokenOf(clientId, course), { pages: false })).members;

contestant({
  open: async ({ databaseUrl, port }) => {
    const url = new URL(databaseUrl);
    const [user, password] = [url.username, url.password].map(decodeURIComponent);
    const options = { host: url.hostname, port: url.port, dialect: 'postgres', logging: false };
    const plugin = new Database(url.pathname.slice(1), user, password, options);
    lti.setup('bench-key', { plugin }, { cookies: { secure: false, sameSite: '' }, devMode: false });
    lti.onConnect((token, request, response) => response.send('launched'));
    await lti.deploy({ port, silent: true });
  },
  register: async (input) => {
    platform = input;
    await lti.registerPlatform({
      url: input.issuer,
      name: 'Bench',
      clientId: input.clientId,
      authenticationEndpoint: `${input.issuer}/auth`,
      accesstokenEndpoint: input.tokenUrl,
      authConfig: { method: 'JWK_SET', key: input.jwksUrl },
    });
  },
  scores: ({ clientId, count, limit }) => inFlight(count, limit, (nth) => post(clientId, nth)),
  herd: ({ clientId, callers }) => inFlight(callers, callers, (nth) => post(clientId, nth)),
  roster: async ({ clientId }) => (await members(clientId, 'big')).length,
  courses: ({ clientId, count, limit }) => inFlight(count, limit, (nth) => members(clientId, nth)),
  listen: ({ port }) => ({ url: `http://127.0.0.1:${port}`, login: '/login', launch: '/' }),
});
