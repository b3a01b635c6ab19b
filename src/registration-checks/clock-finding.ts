import { type Registration } from '../registrations/registration.entity.js';
import { failed, type Finding, passed, skipped } from './check-step.js';

/** Assertions are backdated by as much: a larger difference shows in token requests. */
const MAX_OFFSET_MS = 30_000;

/** @param offsetMs how far the platform's clock is ahead of ours; undefined if no answer showed it */
export function clockFinding(offsetMs: number | undefined, { tokenUrl }: Registration): Finding {
  const host = new URL(tokenUrl).host;
  if (offsetMs === undefined) {
    return skipped('clock_unknown', `No answer of ${host} showed the time of its clock.`);
  }
  const offsetSeconds = Math.round(offsetMs / 1000);
  const details = { offsetSeconds };
  if (Math.abs(offsetMs) < MAX_OFFSET_MS) {
    return passed('clock_right', 'The clocks of the platform and of this machine agree.', details);
  }
  const difference = `${Math.abs(offsetSeconds)} s ${offsetMs > 0 ? 'ahead of' : 'behind'}`;
  return failed(
    'clock_differs',
    'tool_operator',
    `The clock of ${host} is ${difference} the clock of this machine. Compare this machine with a time server (NTP). If it is right, the ` +
      'administrator of the platform has to correct theirs. Until then launches are refused as expired or issued in the future (from ' +
      '2 min on). Token requests go on: they use the time of the platform.',
    details,
  );
}
