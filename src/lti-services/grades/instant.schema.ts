import { z } from 'zod';

/** Years that ISO 8601 writes with four digits. Platforms cannot read other years. */
const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** A moment: a Date, or an ISO 8601 text with a zone. Without the zone the text is ambiguous. */
export const instantSchema = z
  .union([z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))], {
    error: 'must be a moment in ISO 8601 with a zone, such as 2026-01-05T08:00:00.000Z',
  })
  .refine((moment) => moment.getTime() >= EARLIEST && moment.getTime() <= LATEST, {
    error: 'must be in the years 1 to 9999',
  });
