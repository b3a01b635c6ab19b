import { storable } from '../common/storable-text.js';

const MAX_TITLE = 1024;

/** The title of a course or link as it is stored. */
export function titleOf(text: string | undefined): string | null {
  const title = text === undefined ? '' : storable(text.trim().slice(0, MAX_TITLE));
  return title === '' ? null : title;
}
