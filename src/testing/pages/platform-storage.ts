import { escapeHtml } from './html.js';
import { storageScript } from './storage-script.js';

export const storageFramePath = '/_launch/storage';

/** The parts of a page that offers the platform's storage to the tools that it shows or opens. */
export interface PlatformStorage {
  /** The frame that stores the data, if that is not the page itself. */
  readonly frame: string;
  readonly script: string;
  readonly hasFrame: boolean;
}

/** `target` is the frame that stores data; `_parent` is the page itself; undefined for no storage. */
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
