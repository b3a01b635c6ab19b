import { escapeHtml } from './html.js';
import { type Answer } from '../http/http-exchange.js';
import { type AutoSubmitForm, autoSubmitForm, submitScript } from './auto-submit-page.js';
import { pageAnswer } from './page-answer.js';
import { platformStorage } from './platform-storage.js';
import { storageScript } from './storage-script.js';

const style = `
body { font: 1rem/1.5 system-ui, sans-serif; margin: 1rem; color: #222; background: #fff; }
iframe[name="tool"] { width: 100%; height: 70vh; border: 1px solid #ccc; }
`;

// The storage frame has to listen before the tool sends it a message.
const submitWhenLoaded = `addEventListener('load', () => { ${submitScript} }, { once: true });`;

/** The platform's page with the tool in a frame. `storageTarget` is the frame that stores data; undefined for none. */
export function framePage(
  courseTitle: string,
  form: AutoSubmitForm,
  storageTarget: string | undefined,
): Answer {
  const storage = platformStorage(storageTarget);
  return pageAnswer({
    title: `${courseTitle}: a tool in a frame`,
    style,
    showsFrames: true,
    body: `<h1>${escapeHtml(courseTitle)}</h1>
${storage.frame}
<iframe name="tool" title="Tool"></iframe>
${autoSubmitForm(form, 'tool')}
<h2>Messages of the tool</h2>
<ol id="messages"></ol>
<p><a href="/">Front page</a></p>`,
    script: storage.script + (storage.hasFrame ? submitWhenLoaded : submitScript),
  });
}

/** The frame that stores data for tools, in families with one. */
export function storageFramePage(target: string): Answer {
  return pageAnswer({ title: 'Storage', body: '', script: storageScript({ target, keepsData: true }) });
}
