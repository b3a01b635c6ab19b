import { SimulatedPlatform } from '../simulated-platform.js';

describe('the pages of the simulated platform', () => {
  let lms: SimulatedPlatform;

  beforeEach(async () => {
    lms = await SimulatedPlatform.start({ family: 'brightspace' });
    lms.addTool({ clientId: '<script>', jwks: { keys: [] } });
  });
  afterEach(() => lms.stop());

  const open = async (path: string) => {
    const response = await fetch(lms.url + path);
    return { response, page: await response.text() };
  };
  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(lms.url + path, {
      method: 'POST',
      headers,
      body: new URLSearchParams(form),
      redirect: 'manual',
    });

  it('show what a registration needs, the courses and the counts, with HTML escaped', async () => {
    const course = lms.addCourse({ title: `"Rock" & <b>Roll</b>'s`, members: 42 });
    await fetch(lms.tokenUrl);
    const { response, page } = await open('/');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    for (const address of [lms.issuer, lms.authorizationUrl, lms.tokenUrl, lms.tokenAudience, lms.jwksUrl]) {
      expect(page).toContain(`<td>${address}</td>`);
    }
    expect(page).toContain(
      `<a href="/_course?context_id=${course.contextId}">&quot;Rock&quot; &amp; &lt;b&gt;Roll&lt;/b&gt;&#39;s</a>`,
    );
    expect(page).toContain('42 members');
    expect(page).toContain('<li>&lt;script&gt;');
    expect(page).not.toContain('<script>');
    expect((await open('/_requests')).page).toContain('<td>Refused: wrong_method</td><td>1</td>');
  });

  it('show the gradebook as a grid of learners and line items, and what was posted to one line item', async () => {
    const course = lms.addCourse({ title: '<b>Rock</b>', members: 42 });
    const item = course.gradebook.addLineItem({ label: '<i>Quiz</i>', scoreMaximum: 20, coupled: true });
    const timestamp = '2026-01-05T08:00:00Z';
    const { learner } = course;
    item.setScore({ userId: learner.userId, scoreGiven: 3, timestamp });
    item.setScore({ userId: 'user-<1>', scoreGiven: 15, comment: '<script>', timestamp });
    item.setScore({ userId: 'user-2', timestamp });
    const at = `/_gradebook?context_id=${course.contextId}`;
    const { page: grid } = await open(at);
    expect(grid).toContain('<h1>Gradebook of &lt;b&gt;Rock');
    expect(grid).toContain('&lt;i&gt;Quiz&lt;/i&gt;</a>');
    expect(grid).toContain(`<th scope="row">${learner.name!}</th><td>3</td>`);
    expect(grid.match(/<th scope="row">/g)).toHaveLength(25);
    expect((await open(`${at}&page=2`)).page).toContain('<th scope="row">user-&lt;1&gt;</th><td>15</td>');
    const { page: list } = await open(`${at}&line_item=${item.id}`);
    expect(list).toContain('<h1>1: &lt;i&gt;Quiz&lt;/i&gt; (coupled)</h1>');
    expect(list).toContain('<td>user-&lt;1&gt;</td><td>15 of 20</td><td>2026-01-05T08:00:00Z</td>');
    expect(list).toContain(`<td>${learner.name!} (${learner.userId})</td><td>3 of 20</td>`);
    expect(list).toContain('<td>user-2</td><td>none</td>');
    for (const page of [grid, list]) expect(page).not.toMatch(/<script>|<[bi]>/);
    for (let more = 0; more < 6; more += 1)
      course.gradebook.addLineItem({ label: `Quiz ${more}`, scoreMaximum: 1 });
    expect((await open(at)).page).not.toContain('Quiz 5');
    expect((await open(`${at}&columns=2`)).page).toContain('Quiz 5');
    expect((await open('/_gradebook?context_id=none')).response.status).toBe(404);
  });

  it('show a course with its members and its content, and remove the tools from it', async () => {
    const course = lms.addCourse({ members: 30 });
    course.members[1] = { ...course.members[1]!, name: '<b>Ada</b>' };
    course.resourceLinks.push({
      id: 'link-7',
      url: 'http://tool.example/',
      title: '<b>Quiz</b>',
      custom: {},
    });
    const at = `/_course?context_id=${course.contextId}`;
    const { page } = await open(at);
    for (const text of ['&lt;b&gt;Ada&lt;/b&gt;', '&lt;b&gt;Quiz&lt;/b&gt;', '1 to 25 of 30'])
      expect(page).toContain(text);
    expect(page).not.toContain('<b>');
    expect((await open(`${at}&page=2`)).page).toContain('26 to 30 of 30');
    const remove = { context_id: course.contextId, tool: 'remove' };
    expect((await post('/_course', remove, { origin: 'https://elsewhere.example' })).status).toBe(403);
    expect(course.toolWithdrawn).toBe(false);
    expect((await post('/_course', remove, { origin: lms.url })).status).toBe(303);
    expect(course.toolWithdrawn).toBe(true);
    await post('/_course', { ...remove, tool: 'return' });
    expect(course.toolWithdrawn).toBe(false);
  });

  it('have a panel of faults, which adds only faults that exist, for pages of this site alone', async () => {
    const add = { do: 'add', kind: 'throttle', on: 'scores', times: 'always' };
    expect((await post('/_faults', add)).headers.get('location')).toBe('/_faults');
    expect(lms.faults.pending).toEqual([
      expect.objectContaining({ ...{ kind: 'throttle', on: 'scores' }, retryAfter: 2, times: 'always' }),
    ]);
    expect((await open('/_faults')).page).toContain('<td>throttle</td><td>scores</td><td>always</td>');
    for (const wrong of [{ kind: 'flood' }, { on: 'nothing' }, { times: '0' }])
      expect((await post('/_faults', { ...add, ...wrong })).status).toBe(400);
    expect((await post('/_faults', { do: 'clear' }, { origin: 'https://elsewhere.example' })).status).toBe(
      403,
    );
    expect(lms.faults.pending).toHaveLength(1);
    await post('/_faults', { do: 'clear' });
    expect(lms.faults.pending).toEqual([]);
    await post('/_faults', { do: 'switch-off', client_id: '<script>' });
    expect((await open('/_faults')).page).toContain('&lt;script&gt;: switched off');
    await post('/_faults', { do: 'switch-on', client_id: '<script>' });
    expect((await open('/_faults')).page).toContain('&lt;script&gt;: switched on');
  });
});
