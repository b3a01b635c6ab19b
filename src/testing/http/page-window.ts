import { type WindowQuirks } from '../families/paging-quirks.js';

/** The requested part of a list. Without a limit: everything from the offset on. */
export interface PageWindow {
  readonly offset: number;
  readonly limit?: number;
}

/** Reads the paging parameters as the family understands them; undefined when it refuses them. The caller handles cursors. */
export function readWindow(parameters: URLSearchParams, paging: WindowQuirks): PageWindow | undefined {
  const limit = paging.style === 'none' ? undefined : readLimit(askedLimit(parameters, paging), paging);
  if (limit === 'wrong') return undefined;
  const offset = readOffset(parameters, paging.style, limit);
  return limit === undefined ? { offset } : { offset, limit };
}

/** The parameters of the page at `offset`, in order. */
export function positionParameters(
  offset: number,
  limit: number | undefined,
  style: WindowQuirks['style'],
): Record<string, string> {
  switch (style) {
    case 'page':
      return { page: String(Math.floor(offset / (limit ?? 1)) + 1), per_page: String(limit) };
    case 'page-from-0':
      return { page: String(Math.floor(offset / (limit ?? 1))) };
    case 'start':
      return { start: String(offset) };
    case 'from':
    case 'cursor':
    case 'none':
      return { from: String(offset) };
  }
}

function askedLimit(parameters: URLSearchParams, { style }: WindowQuirks): string | null {
  return parameters.get('limit') ?? (style === 'page' ? parameters.get('per_page') : null);
}

function readLimit(asked: string | null, paging: WindowQuirks): number | 'wrong' | undefined {
  if (asked === null) return paging.defaultLimit;
  const limit = naturalNumber(asked);
  if (limit === undefined || limit === 0)
    return paging.badLimit === 'refused' ? 'wrong' : paging.defaultLimit;
  return Math.min(limit, paging.largestLimit ?? Infinity);
}

function readOffset(
  parameters: URLSearchParams,
  style: WindowQuirks['style'],
  limit: number | undefined,
): number {
  switch (style) {
    case 'cursor':
      return 0;
    case 'page':
      return (Math.max(1, naturalNumber(parameters.get('page')) ?? 1) - 1) * (limit ?? 0);
    case 'page-from-0':
      return (naturalNumber(parameters.get('page')) ?? 0) * (limit ?? 0);
    case 'start':
      return naturalNumber(parameters.get('start')) ?? 0;
    case 'from':
    case 'none':
      return naturalNumber(parameters.get('from')) ?? 0;
  }
}

function naturalNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
