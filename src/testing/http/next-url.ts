import { type Fault } from '../faults/fault.schema.js';
import { faultOf } from '../faults/faults.js';

/** The URL of a next link, changed by the faults that apply to it. */
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
