import fc from 'fast-check';
import { platformFamilySchema } from '../registrations/platform-family.js';
import { timestampAfter, timestampPast } from './sent-timestamp.js';

const at = (iso: string): Date => new Date(`2026-01-05T08:00:${iso}Z`);
const moment = fc.date({ min: new Date('0001-01-01'), max: new Date('9998-01-01'), noInvalidDate: true });
const family = fc.constantFrom(...platformFamilySchema.options);
const secondOf = (moment: Date): number => Math.floor(moment.getTime() / 1000);

describe('the timestamp of a score', () => {
  it('is the wished one where nothing was sent before', () => {
    expect(timestampAfter(undefined, at('00.123'), 'moodle')).toEqual(at('00.123'));
  });

  it.each([
    ['generic', '07.250', '07.251'],
    ['canvas', '07.250', '07.251'],
    ['moodle', '07.250', '08.000'],
    ['moodle', '07.000', '08.000'],
  ] as const)('at %s is the next after %s that it tells apart: %s', (name, last, next) => {
    for (const wished of ['00.000', '07.000', last]) {
      expect(timestampAfter(at(last), at(wished), name)).toEqual(at(next));
    }
  });

  it('is the wished one where that is late enough', () => {
    expect(timestampAfter(at('07.250'), at('07.251'), 'generic')).toEqual(at('07.251'));
    expect(timestampAfter(at('07.250'), at('08.400'), 'moodle')).toEqual(at('08.400'));
  });

  it('rises, and is never before the wished one, whatever the clocks say', () => {
    fc.assert(
      fc.property(moment, moment, family, (last, wished, name) => {
        const sent = timestampAfter(last, wished, name);
        expect(sent > last).toBe(true);
        expect(sent >= wished).toBe(true);
        if (name === 'moodle') expect(secondOf(sent)).toBeGreaterThan(secondOf(last));
      }),
    );
  });
});

describe('the timestamp of a score that was called stale', () => {
  it('is a second later at least, and not before now', () => {
    fc.assert(
      fc.property(moment, moment, family, (last, now, name) => {
        const sent = timestampPast(last, now, name);
        expect(sent >= now).toBe(true);
        expect(sent.getTime() - last.getTime()).toBeGreaterThanOrEqual(1000);
      }),
    );
  });

  it('is now where that is late enough', () => {
    expect(timestampPast(at('07.250'), at('30.111'), 'moodle')).toEqual(at('30.111'));
  });
});
