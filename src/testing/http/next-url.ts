import { type Fault } from '../faults/fault.schema.js';
import { faultOf } from '../faults/faults.js';

/** Where the next link of a page leads, with the faults that concern it. */
export function nextUrl(
  honest: string | undefined,
  faults: readonly Fault[],
  pageUrl: string,
): string | undefined {
  const target = faultOf(faults, 'loop') === undefined ? honest : pageUrl;
  const foreign = faultOf(faults, 'foreign-next');
  if (foreign === undefined) return target;
  const { pathname, search } = new URL(target ?? pageUrl);
  return `${new URL(foreign.origin).origin}${pathname}${search}`;
}
