import { escapeHtml } from './html.js';
import { storageScript } from './storage-script.js';

export const storageFramePath = '/_launch/storage';

/** What a page needs that offers the platform's storage to the tools that it shows or opens. */
export interface PlatformStorage {
  /** The frame that keeps the data, where that is not the page itself. */
  readonly frame: string;
  readonly script: string;
  readonly hasFrame: boolean;
}

/** `target` is where data is kept, `_parent` being the page itself; without it the page offers nothing. */
export function platformStorage(target: string | undefined): PlatformStorage {
  if (target === undefined) return { frame: '', script: '', hasFrame: false };
  const hasFrame = target !== '_parent';
  return {
    frame: hasFrame
      ? `<iframe name="${escapeHtml(target)}" src="${storageFramePath}" title="Storage" hidden></iframe>`
      : '',
    script: storageScript({ target, keepsData: !hasFrame }),
    hasFrame,
  };
}
