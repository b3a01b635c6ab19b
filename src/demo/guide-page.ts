import { randomBytes } from 'node:crypto';
import { escapeHtml } from '../testing/pages/html.js';
import { json } from '../testing/pages/storage-script.js';
import { stepIds, stepTexts } from './demo-steps.js';

/** The guide: the steps, and beside each other the LMS and the dashboard. Its policy allows only frames of the demo. */
export function guidePage(lmsUrl: string): { html: string; policy: string } {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    `frame-src 'self' ${lmsUrl}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  const items = stepIds.map(
    (id) =>
      `<li id="step-${id}"><span>${escapeHtml(stepTexts[id].title)}</span> <span class="mark"></span></li>`,
  );
  const html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The demo of nest-lti</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<header>
<h1>The demo of nest-lti</h1>
<ol id="steps">
${items.join('\n')}
</ol>
<progress id="progress" max="${stepIds.length}" value="0" aria-label="Steps done"></progress>
</header>
<main>
<section id="panel" aria-labelledby="title">
<div>
<h2 id="title">Loading</h2>
<p id="behind"></p>
<p id="look"></p>
</div>
<div>
<p><button id="go" type="button" disabled>Wait</button></p>
<div role="status"><p id="result"></p><p id="problem"></p></div>
<p id="counted"></p>
</div>
</section>
<div id="frames">
<section aria-labelledby="lms-title">
<h2 id="lms-title">The LMS <a id="lms-link" href="${escapeHtml(lmsUrl)}" target="_blank" rel="noopener">open alone</a></h2>
<iframe id="lms" title="The LMS"></iframe>
</section>
<section aria-labelledby="dashboard-title">
<h2 id="dashboard-title">The dashboard of the service <a id="dashboard-link" href="/dashboard" target="_blank" rel="noopener">open alone</a></h2>
<iframe id="dashboard" title="The dashboard"></iframe>
</section>
</div>
</main>
<script nonce="${nonce}">${script}</script>
</body>
</html>
`;
  return { html, policy };
}

const style = `
:root { color-scheme: light dark; --text: #1b2430; --fine: #56606d; --page: #eef1f4; --card: #fff; --line: #d0d7de; --accent: #1a56b0; --on-accent: #fff; --good: #116332; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e9ee; --fine: #a4afbb; --page: #0d1116; --card: #1a2129; --line: #323c47; --accent: #8ab8ff; --on-accent: #0b1a30; --good: #8fdcaa; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; font: 1rem/1.45 system-ui, sans-serif; color: var(--text); background: var(--page); }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center; padding: .6rem 1rem; background: var(--card); border-bottom: 1px solid var(--line); }
h1 { font-size: 1.15rem; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 .25rem; }
p { margin: 0 0 .4rem; max-width: 75ch; }
#steps { display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; margin: 0; padding: 0; list-style: none; counter-reset: step; color: var(--fine); }
#steps li { counter-increment: step; }
#steps li::before { content: counter(step) ". "; }
#steps li[aria-current] { color: var(--accent); font-weight: 600; }
#steps li.done { color: var(--good); }
progress { accent-color: var(--accent); width: 8rem; margin-left: auto; }
main { flex: 1; display: flex; flex-direction: column; gap: .75rem; padding: .75rem 1rem 1rem; }
#panel { display: grid; gap: .25rem 2rem; grid-template-columns: 3fr 2fr; background: var(--card); border: 1px solid var(--line); border-radius: .4rem; padding: .75rem 1rem; min-height: 9.5rem; }
#panel h2 { font-size: 1.25rem; }
#look { font-weight: 600; }
#counted { color: var(--fine); }
#problem:empty, #result:empty { display: none; }
#frames { flex: 1; display: grid; gap: .75rem; grid-template-columns: 1fr 1fr; }
#frames section { display: flex; flex-direction: column; min-width: 0; }
#frames a { font-weight: 400; margin-left: .5rem; }
a { color: var(--accent); }
iframe { flex: 1; width: 100%; min-height: 62vh; border: 1px solid var(--line); border-radius: .4rem; background: var(--card); }
button { font: inherit; color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); border-radius: .3rem; padding: .4rem 1rem; min-height: 2.4rem; cursor: pointer; }
button:disabled { color: var(--fine); background: transparent; border-color: var(--line); cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media (max-width: 60rem) { #panel, #frames { grid-template-columns: 1fr; } }
`;

const script = `
const ids = ${json(stepIds)};
const texts = ${json(stepTexts)};
const element = (id) => document.getElementById(id);
const set = (id, text) => { if (element(id).textContent !== text) element(id).textContent = text; };
let version = -1;
let shown = {};
let step;
let isBusy = false;
function view(name, url, isNew) {
  const frame = element(name);
  if (shown[name] === url && !isNew) return;
  shown[name] = url;
  element(name + '-link').href = url;
  frame.src = url;
}
function render(state) {
  const done = ids.filter((id) => state.results[id] !== undefined);
  const next = state.running ?? ids.find((id) => state.results[id] === undefined);
  step = next ?? 'grade';
  for (const id of ids) {
    const item = element('step-' + id);
    item.classList.toggle('done', state.results[id] !== undefined);
    if (id === next) item.setAttribute('aria-current', 'step');
    else item.removeAttribute('aria-current');
    item.querySelector('.mark').textContent = state.results[id] === undefined ? '' : '\\u2713';
  }
  element('progress').value = done.length;
  const { title, button, behind, look } = texts[step];
  set('title', next === undefined ? 'The story is told' : ids.indexOf(step) + 1 + '. ' + title);
  set('behind', next === undefined ? 'Look around: each page works. In the LMS, “Faults” has more to break: 429, HTML from a proxy, a broken page, latency.' : behind);
  set('look', next === undefined ? 'Add a fault for scores there, then grade once more, and watch how the scores arrive.' : look);
  const isWaiting = state.running === undefined;
  set('go', isBusy ? 'Wait' : isWaiting ? (next === undefined ? 'Grade once more' : button) : 'Begin this step again');
  element('go').disabled = isBusy;
  const last = isWaiting ? state.last : undefined;
  set('result', last === undefined ? '' : '\\u2713 ' + texts[last].title + ': ' + state.results[last]);
  set('counted', state.counted);
  const isNew = state.version !== version;
  version = state.version;
  const wasLaunched = shown.lms === state.show.lms && state.show.lms.includes('/_launch/');
  view('lms', state.show.lms, isNew && !wasLaunched);
  view('dashboard', '/dashboard' + (state.show.dashboard === '' ? '' : '/' + state.show.dashboard), isNew);
}
async function request(path, options) {
  const answer = await fetch(path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  return body;
}
async function poll() {
  try {
    if (!isBusy) render(await request('/state'));
  } catch {
    set('problem', 'The demo does not answer. Start it again with npm run demo.');
    return;
  }
  setTimeout(poll, 500);
}
element('go').addEventListener('click', async () => {
  isBusy = true;
  element('go').disabled = true;
  set('problem', '');
  try {
    shown.lms = undefined;
    const state = await request('/steps/' + step, { method: 'POST' });
    isBusy = false;
    render(state);
  } catch (error) {
    isBusy = false;
    set('problem', String(error.message));
  }
});
poll();
`;
