import { z } from 'zod';

const FORM = 'must be a number and a unit, such as "90s", "15m", "2h" or "7d"';
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Parses `"90s"`, `"15m"`, `"2h"` or `"7d"` to milliseconds. Not by the package `ms`: it also accepts units and forms that the
 * docs do not name ("90" as milliseconds, "-5s", "2y", "10 minutes"), which are mistakes here.
 */
export const durationSchema = z
  .string({ error: FORM })
  .regex(/^[1-9]\d{0,5}[smhd]$/, FORM)
  .transform((text) => Number(text.slice(0, -1)) * UNIT_MS[text.slice(-1) as keyof typeof UNIT_MS]);
