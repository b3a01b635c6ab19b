interface StorageRole {
  /** The frame that stores the data; `_parent` is the page that shows the tool. */
  readonly target: string;
  /** Whether this page is that frame. */
  readonly keepsData: boolean;
}

/**
 * A script that simulates the platform's storage (LTI Platform Storage 1.0). It answers `lti.capabilities` and, in the frame
 * that stores the data, `lti.put_data` and `lti.get_data`, only to the sender. #messages lists the messages.
 */
export function storageScript({ target, keepsData }: StorageRole): string {
  const supported = [
    { subject: 'lti.capabilities' },
    { subject: 'lti.put_data', frame: target },
    { subject: 'lti.get_data', frame: target },
  ];
  return `
const supported = ${json(supported)};
const keepsData = ${json(keepsData)};
const stored = new Map();
const ofOrigin = (origin) => {
  if (!stored.has(origin)) stored.set(origin, new Map());
  return stored.get(origin);
};
const isText = (value) => typeof value === 'string' && value !== '';
function answerTo({ subject, key, value }, origin) {
  if (subject === 'lti.capabilities') return { supported_messages: supported };
  if (!keepsData || (subject !== 'lti.put_data' && subject !== 'lti.get_data')) return undefined;
  if (!isText(key)) return { error: { code: 'bad_request', message: 'key is missing.' } };
  const data = ofOrigin(origin);
  if (subject === 'lti.get_data') return { key, value: data.get(key) ?? null };
  // LTI Platform Storage 1.0: a put without a value deletes the key.
  if (value === null || value === undefined) data.delete(key);
  else data.set(key, value);
  return { key, value: value ?? null };
}
addEventListener('message', ({ data, origin, source }) => {
  if (source === null || typeof data !== 'object' || data === null || !isText(data.subject)) return;
  const list = document.getElementById('messages');
  if (list !== null) list.appendChild(document.createElement('li')).textContent = data.subject + ' from ' + origin;
  const answer = answerTo(data, origin);
  if (answer === undefined) return;
  source.postMessage({ subject: data.subject + '.response', message_id: data.message_id, ...answer }, origin);
});
`;
}

/** JSON inside a script element. No text in it can close the element. */
export function json(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
