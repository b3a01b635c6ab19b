import { LtiError } from '../../common/lti-error.js';
import {
  registrationShownIn,
  registrationStart,
} from '../dynamic-registration/dynamic-registration-route.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { escapeHtml } from './html.js';
import { platformPage, problemPage } from './platform-page.js';
import { platformPaths } from './platform-paths.js';

/** The pages on which an administrator pastes the registration URL of a tool, and sees the tool in a frame or opens it in a tab. */
export class RegistrationPages implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path === platformPaths.register;
  }

  answer({ url: { searchParams } }: PlatformRequest): Answer {
    const registrationUrl = searchParams.get('url');
    if (registrationUrl === null) return formPage();
    if (!URL.canParse(registrationUrl)) return problemPage(400, 'No registration', 'This is not a URL.');
    try {
      const existing = searchParams.get('client_id') ?? undefined;
      const start = registrationStart(this.#platform, registrationUrl, existing);
      return registrationShownIn(this.#platform) === 'frame' ? framePage(start) : tabPage(start);
    } catch (error) {
      if (error instanceof LtiError) return problemPage(error.status, 'No registration', error.message);
      throw error;
    }
  }
}

function formPage(): Answer {
  return platformPage({
    path: platformPaths.register,
    title: 'Register a tool',
    body: `<h1>Register a tool</h1>
<form method="get" action="${platformPaths.register}">
<label class="wide">Registration URL of the tool <input name="url" type="url" required></label>
<p><button type="submit" class="main">Register</button></p>
</form>`,
  });
}

function framePage(start: string): Answer {
  return platformPage({
    path: platformPaths.register,
    title: 'Register a tool',
    showsFrames: true,
    body: `<h1>Register a tool</h1>
<iframe name="tool" title="Tool" src="${escapeHtml(start)}"></iframe>`,
    script: closeScript,
  });
}

/** A tab that has no opener, which gets no message of the tool. */
function tabPage(start: string): Answer {
  return platformPage({
    path: platformPaths.register,
    title: 'Register a tool',
    body: `<h1>Register a tool</h1>
<p><a href="${escapeHtml(start)}" target="_blank" rel="noopener">Open the tool in a new tab</a></p>`,
  });
}

// Dynamic Registration 1.0, 3.7
const closeScript = `
addEventListener('message', ({ data, source }) => {
  const frame = document.querySelector('iframe');
  if (source !== frame?.contentWindow || data?.subject !== 'org.imsglobal.lti.close') return;
  const done = document.createElement('p');
  done.textContent = 'The tool has ended its registration.';
  frame.replaceWith(done);
});
`;
