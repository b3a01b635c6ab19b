import { escapeHtml } from './html.js';
import { type Answer } from '../http/http-exchange.js';
import { type AutoSubmitForm, autoSubmitForm, submitScript } from './auto-submit-page.js';
import { pageAnswer } from './page-answer.js';
import { platformPage } from './platform-page.js';
import { coursePath } from './platform-paths.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { platformStorage } from './platform-storage.js';
import { storageScript } from './storage-script.js';

// The storage frame has to listen before the tool sends it a message.
const submitWhenLoaded = `addEventListener('load', () => { ${submitScript} }, { once: true });`;

/** The platform's page with the tool in a frame. `storageTarget` is the frame that stores data; undefined for none. */
export function framePage(
  { contextId, title }: SimulatedCourse,
  form: AutoSubmitForm,
  storageTarget: string | undefined,
): Answer {
  const storage = platformStorage(storageTarget);
  return platformPage({
    title: `${title}: a tool in a frame`,
    showsFrames: true,
    leavesByForm: true,
    body: `<h1>${escapeHtml(title)}</h1>
${storage.frame}
<iframe name="tool" title="Tool"></iframe>
${autoSubmitForm(form, 'tool')}
<p><a href="${escapeHtml(coursePath('course', contextId))}">Back to the course</a></p>
<h2>Messages of the tool</h2>
<ol id="messages"></ol>`,
    script: storage.script + (storage.hasFrame ? submitWhenLoaded : submitScript),
  });
}

/** The frame that stores data for tools, in families with one. */
export function storageFramePage(target: string): Answer {
  return pageAnswer({ title: 'Storage', body: '', script: storageScript({ target, keepsData: true }) });
}
