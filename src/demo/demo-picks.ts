import { formTo } from '../testing/browser/form-reading.js';
import { families } from '../testing/families/families.js';
import { type FamilyName } from '../testing/families/family.js';
import { type LoginInitiation, SimulatedBrowser } from '../testing/index.js';
import { roster } from '../testing/memberships/roster.js';
import { type DemoServices } from './demo-services.js';
import { DEMO_CLIENT_ID, type SyncResult } from './demo-sync.js';

/** How many quizzes the teacher picks. */
const PICKS = 2;

/** A teacher picks quizzes in the first course, as a browser does. @returns how many items the LMS took */
export async function pickContent({ lms, toolUrl }: DemoServices, { courses }: SyncResult): Promise<number> {
  const { family } = await lms.get<{ family: FamilyName }>('/_control/state');
  const [teacher] = roster(1, families[family].userIds);
  const initiation = await lms.post<LoginInitiation>('/_control/launches', {
    clientId: DEMO_CLIENT_ID,
    contextId: courses[0]?.contextId,
    userId: teacher?.userId,
    messageType: 'LtiDeepLinkingRequest',
    platformStorage: false,
  });
  const browser = new SimulatedBrowser();
  const picker = await browser.submit(await browser.launch(initiation));
  const form = formTo(toolUrl, picker);
  if (form === undefined) throw new Error(`The picker did not open: ${picker.status} ${picker.body}`);
  const quizzes = form.fields.filter(([name]) => name === 'quiz').slice(0, PICKS);
  const others = form.fields.filter(([name]) => name !== 'quiz');
  const added = await browser.submit(await browser.post(form.action, [...others, ...quizzes]));
  if (added.status !== 200) throw new Error(`The LMS refused the content: ${added.status} ${added.body}`);
  const { contentItemsAccepted } = await lms.get<{ contentItemsAccepted: number }>('/_control/counts');
  return contentItemsAccepted;
}

/** A new key of the tool is published; the old one signs until platforms have read it. @returns how many keys are to follow */
export async function rotateKeys({ api }: DemoServices): Promise<number> {
  await api.post('/api/v1/tool-keys/rotate', {});
  const { items } = await api.get<{ items: { status: string }[] }>('/api/v1/tool-keys');
  return items.filter(({ status }) => status === 'next').length;
}
