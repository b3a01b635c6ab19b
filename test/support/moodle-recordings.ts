import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Recording } from './recorded-platform.js';

/** Exchanges with a real Moodle 4.5.6. */
export const moodleRecordings = JSON.parse(
  readFileSync(join(process.cwd(), 'test/fixtures/moodle-4.5.6-exchanges.json'), 'utf8'),
) as readonly Recording[];

/** The recording of this service and name. */
export function moodleRecording(service: string, name: string): Recording {
  const recording = moodleRecordings.find((each) => each.service === service && each.name === name);
  if (recording === undefined) throw new Error(`There is no recording "${name}" of ${service}.`);
  return recording;
}
