import { z } from 'zod';

/** What ISO 8601 writes with four digits of the year: others a platform could not read. */
const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** A moment: a Date, or ISO 8601 with a zone. Without one, nobody knows which moment is meant. */
export const instantSchema = z
  .union([z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))], {
    error: 'must be a moment in ISO 8601 with a zone, such as 2026-01-05T08:00:00.000Z',
  })
  .refine((moment) => moment.getTime() >= EARLIEST && moment.getTime() <= LATEST, {
    error: 'must be in the years 1 to 9999',
  });
