import { prettifyError, ZodError } from 'zod';
import { type Fault, type FaultInput } from '../faults/fault.schema.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { escapeHtml, type Row, table } from './html.js';
import { isFromElsewhere, platformPage, problemPage, seeOther } from './platform-page.js';
import { platformPaths } from './platform-paths.js';

/** The faults of the panel. `lms.faults` and the control API have more. */
const presets = {
  throttle: ['429, with Retry-After: 2', { kind: 'throttle', retryAfter: 2 }],
  unauthorized: ['401 for a valid token', { kind: 'unauthorized' }],
  unavailable: ['503, under maintenance', { kind: 'unavailable' }],
  'server-error': ['500, an internal error', { kind: 'server-error' }],
  html: ['200 with an HTML page, as a proxy sends it', { kind: 'html' }],
  'broken-json': ['Half a page of JSON', { kind: 'broken-json' }],
  cut: ['The connection ends before the answer', { kind: 'cut' }],
  latency: ['The answer takes 3 seconds', { kind: 'latency', ms: 3000 }],
  hang: ['No answer', { kind: 'hang' }],
} as const satisfies Record<string, readonly [string, FaultInput]>;

const services = {
  scores: 'Scores',
  memberships: 'Rosters',
  lineitems: 'Line items',
  results: 'Results',
  token: 'Token end point',
  any: 'Every service',
} as const;

const times = { 1: 'the next request', 3: 'the next 3 requests', 20: 'the next 20 requests', always: 'all' };

/** The panel on which one breaks the platform, to watch how a tool copes. */
export class FaultsPage implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === platformPaths.faults;
  }

  answer(request: PlatformRequest): Answer {
    if (request.method !== 'POST') return this.#page();
    if (isFromElsewhere(request)) return problemPage(403, 'Not done', 'This form is not from here.');
    try {
      this.#act(new URLSearchParams(request.body));
    } catch (error) {
      if (error instanceof ZodError) return problemPage(400, 'Not done', prettifyError(error));
      throw error;
    }
    return seeOther(platformPaths.faults);
  }

  #act(form: URLSearchParams): void {
    const { faults, issuedTokens } = this.#platform;
    const clientId = form.get('client_id') ?? '';
    switch (form.get('do')) {
      case 'expire-tokens':
        issuedTokens.expireAll();
        break;
      case 'delete-tokens':
        issuedTokens.deleteAll();
        break;
      case 'clear':
        faults.clear();
        break;
      case 'switch-off':
        this.#platform.switchKey(clientId, 'off');
        break;
      case 'switch-on':
        this.#platform.switchKey(clientId, 'on');
        break;
      default:
        faults.add(faultOf(form));
    }
  }

  #page(): Answer {
    const { faults, issuedTokens, tools, counters } = this.#platform;
    const all = issuedTokens.all;
    const valid = all.filter((token) => !issuedTokens.isExpired(token)).length;
    const { tokensIssued, scoresAccepted } = counters.counts;
    return platformPage({
      path: platformPaths.faults,
      title: 'Faults',
      body: `<h1>Faults</h1>
<p class="fine">Break this LMS, and watch how the tool copes.</p>
<h2>Access tokens</h2>
<p>${tokensIssued} issued so far, of which ${valid} ${valid === 1 ? 'is' : 'are'} valid. ${scoresAccepted} scores were accepted.</p>
<form method="post" action="${platformPaths.faults}" class="row">
<button type="submit" name="do" value="expire-tokens">Expire every token now</button>
<button type="submit" name="do" value="delete-tokens">Delete every token</button>
</form>
<h2>Revoke a tool</h2>
${tools.size === 0 ? '<p>No tool is registered.</p>' : [...tools.keys()].map((clientId) => this.#switch(clientId)).join('\n')}
<h2>Requests</h2>
<form method="post" action="${platformPaths.faults}">
<div class="row">
${select(
  'kind',
  'Fault',
  mapped(presets, ([text]) => text),
)}
${select('on', 'Service', services)}
${select('times', 'Requests', times)}
<button type="submit" class="main" name="do" value="add">Add the fault</button>
</div>
</form>
${faults.pending.length === 0 ? '<p>No fault waits for a request.</p>' : pendingFaults(faults.pending)}`,
    });
  }

  #switch(clientId: string): string {
    const isOff = this.#platform.keysOff.has(clientId);
    return `<form method="post" action="${platformPaths.faults}" class="row">
<input type="hidden" name="client_id" value="${escapeHtml(clientId)}">
<span>${escapeHtml(clientId)}: ${isOff ? 'switched off, and refused every token' : 'switched on'}</span>
<button type="submit" name="do" value="${isOff ? 'switch-on' : 'switch-off'}">${isOff ? 'Switch it on' : 'Switch it off'}</button>
</form>`;
  }
}

/** @throws {ZodError} for a choice that the form does not have. */
function faultOf(form: URLSearchParams): FaultInput {
  const kind = form.get('kind') ?? '';
  const preset = Object.entries(presets).find(([name]) => name === kind)?.[1][1] ?? { kind };
  const count = form.get('times') ?? '1';
  // The schema of the faults checks what the form sent.
  return { ...preset, on: form.get('on'), times: count === 'always' ? count : Number(count) } as FaultInput;
}

function pendingFaults(pending: readonly Fault[]): string {
  const rows = pending.map(({ kind, on, times: count }): Row => [kind, on, count]);
  return `${table('Faults that wait for requests', ['Fault', 'Service', 'Requests'], rows)}
<form method="post" action="${platformPaths.faults}"><button type="submit" name="do" value="clear">Remove all faults</button></form>`;
}

function select(name: string, label: string, options: Readonly<Record<string, string>>): string {
  const items = Object.entries(options).map(
    ([value, text]) => `<option value="${escapeHtml(value)}">${escapeHtml(text)}</option>`,
  );
  return `<label>${escapeHtml(label)}<select name="${name}">${items.join('')}</select></label>`;
}

function mapped<T>(
  values: Readonly<Record<string, T>>,
  textOf: (value: T) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, textOf(value)]));
}
