import { type LaunchContext } from '../context/launch-context.schema.js';
import { errorPage } from './error.page.js';
import { jsonForScript } from './html.js';
import { type LaunchPage } from './launch-page.js';
import { launchedPage } from './launched.page.js';
import { loginPage } from './login.page.js';
import { proofPage } from './proof.page.js';

const MARKUP = `"'\`</script></title><!--<script>alert(1)</script><img src=x onerror=alert(2)>&\u2028`;

const role = { uri: MARKUP, name: MARKUP, subRole: MARKUP };
const person = { name: MARKUP, givenName: MARKUP, familyName: MARKUP, email: MARKUP };
const hostile: LaunchContext = {
  version: '1.3.0',
  messageType: 'LtiSubmissionReviewRequest',
  registrationId: MARKUP,
  deploymentId: MARKUP,
  courseId: MARKUP,
  targetLinkUri: MARKUP,
  user: { id: MARKUP, ...person },
  roles: [role, { uri: MARKUP }],
  roleScopeMentor: [MARKUP],
  context: { id: MARKUP, label: MARKUP, title: MARKUP, types: [MARKUP] },
  resourceLink: { id: MARKUP, title: MARKUP },
  custom: { [MARKUP]: MARKUP },
  grades: { scopes: [MARKUP], lineItemsUrl: MARKUP, lineItemId: MARKUP },
  memberships: { url: MARKUP, serviceVersions: [MARKUP] },
  deepLinking: {
    returnUrl: MARKUP,
    acceptTypes: [MARKUP],
    acceptPresentationDocumentTargets: [MARKUP],
  },
  basicOutcome: { serviceUrl: MARKUP },
  platform: { guid: MARKUP, name: MARKUP, productFamilyCode: MARKUP, version: MARKUP, url: MARKUP },
  forUser: { id: MARKUP, ...person, roles: [role] },
  payload: { [MARKUP]: MARKUP },
};

const again = { loginUrl: MARKUP, loginParameters: { iss: MARKUP, [MARKUP]: MARKUP } };
const storage = { frame: MARKUP, origin: MARKUP, key: MARKUP };
const pages: Record<string, () => LaunchPage> = {
  login: () => loginPage({ authorizationUrl: MARKUP, ...again, storage: { ...storage, value: MARKUP } }),
  proof: () => proofPage({ launchUrl: MARKUP, idToken: MARKUP, state: MARKUP, ...again, storage }),
  error: () =>
    errorPage({ type: MARKUP, title: MARKUP, status: 403, detail: MARKUP, code: MARKUP, specRef: MARKUP }),
  launched: () => launchedPage(hostile, 'a-session'),
};

const nonceOf = ({ contentSecurityPolicy }: LaunchPage): string | undefined =>
  /'nonce-([\w+/]{22}==)'/.exec(contentSecurityPolicy)?.[1];

const occurrences = (text: string, part: RegExp): number => text.match(part)?.length ?? 0;

describe.each(Object.entries(pages))('the %s page', (name, page) => {
  it('shows markup in any value as text', () => {
    const { html } = page();
    expect(html).not.toMatch(/<img|<!--/);
    // A quote that ends an attribute; in JSON it is escaped.
    expect(html).not.toMatch(/[^\\]"'`/);
    const scripts = name === 'login' || name === 'proof' ? 2 : 0;
    expect(occurrences(html, /<script/g)).toBe(scripts);
    expect(occurrences(html, /<\/script/g)).toBe(scripts);
    expect(occurrences(html, /<\/title/g)).toBe(1);
    expect(html).toMatch(/&lt;img src=x|\\u003cimg src=x/);
  });

  it('lets run and load only what bears the nonce of this one page', () => {
    const first = page();
    const nonce = nonceOf(first);
    expect(nonce).toBeDefined();
    expect(nonceOf(page())).not.toBe(nonce);
    expect(first.contentSecurityPolicy).toBe(
      `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'`,
    );
    const elements = first.html.match(/<(?:script|style)\b[^>]*>/g) ?? [];
    expect(elements.length).toBeGreaterThan(0);
    for (const element of elements) expect(element).toContain(`nonce="${nonce}"`);
  });
});

describe('the pages of a launch', () => {
  it('give their script the data unchanged', () => {
    const data = { text: MARKUP, missing: undefined };
    expect(jsonForScript(data)).not.toMatch(/[<\u2028\u2029]/);
    expect(JSON.parse(jsonForScript(data))).toEqual({ text: MARKUP });
  });

  it('offer a new window without scripts, too', () => {
    const { html } = pages.login?.() ?? { html: '' };
    expect(html).toMatch(/<noscript><style nonce="[^"]+">[^<]*\[data-without-script\] { display: block; }/);
    expect(html).toMatch(/<section id="new-window" data-without-script hidden>/);
  });

  it('send the user to the course if the login cannot be repeated', () => {
    const { html } = proofPage({
      launchUrl: '/lti/launch',
      idToken: 'token',
      state: 'state',
      loginUrl: '/lti/login',
      loginParameters: undefined,
      storage,
    });
    expect(html).toContain('Go back to your course and open the activity there in a new window');
    expect(html).not.toContain('<button');
  });

  it('show an error with its status, its code and the rule it is about', () => {
    const problem = { type: 'about:blank', title: 'Forbidden', detail: 'It was used already.' };
    const { html, status } = errorPage({
      ...problem,
      status: 403,
      code: 'state_replayed',
      specRef: 'SEC 5.1',
    });
    expect(status).toBe(403);
    expect(html).toContain('It was used already.');
    expect(html).toMatch(/<code>state_replayed<\/code>, 403 Forbidden, rule SEC 5\.1</);
    expect(errorPage({ ...problem, status: 503, code: 'down' }).html).toContain('Wait a moment');
  });

  it('show who was launched into what', () => {
    const { html, status } = launchedPage(
      {
        version: '1.3.0',
        messageType: 'LtiResourceLinkRequest',
        registrationId: 'a-registration',
        deploymentId: '1',
        courseId: 'c0ffee',
        targetLinkUri: 'https://tool.example/',
        user: { id: '42', givenName: 'Ada', familyName: 'Lovelace' },
        roles: [
          { uri: 'urn:x', kind: 'context', name: 'Instructor', subRole: 'TeachingAssistant' },
          { uri: 'urn:odd' },
        ],
        roleScopeMentor: [],
        context: { id: '7', title: 'Engines', types: [] },
        resourceLink: { id: '9' },
        custom: {},
        grades: { scopes: [], lineItemsUrl: 'https://lms.example/items' },
        platform: { productFamilyCode: 'moodle', version: '4.5' },
        payload: {},
      },
      'a-session',
    );
    expect(status).toBe(200);
    const rows = [...html.matchAll(/<dt>(.*?)<\/dt>\s*<dd>(.*?)<\/dd>/gs)].map(([, key, value]) => [
      key,
      value?.replace(/<[^>]+>/g, ' ').trim(),
    ]);
    expect(Object.fromEntries(rows)).toMatchObject({
      User: 'Ada Lovelace (42)',
      Roles: 'Instructor: TeachingAssistant (context)  urn:odd',
      Course: 'Engines (7)',
      'Recorded as course': 'c0ffee',
      'Resource link': '9',
      Services: 'line items (AGS 2.0)',
      Message: 'LtiResourceLinkRequest, LTI 1.3.0',
      Platform: 'moodle 4.5',
    });
  });

  it('show an anonymous launch as one', () => {
    const { user: _, ...anonymous } = hostile;
    expect(launchedPage(anonymous, 'a-session').html).toMatch(/<dt>User<\/dt>\s*<dd>anonymous<\/dd>/);
  });
});
