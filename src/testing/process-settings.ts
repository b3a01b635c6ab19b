import { parseArgs } from 'node:util';
import { z } from 'zod';
import { familyNames } from './family.js';

const number = z.string().regex(/^\d+$/, 'must be a whole number').transform(Number);
const settingsSchema = z.object({
  port: number.pipe(z.number().max(65_535)).default(0),
  host: z.string().default('127.0.0.1'),
  family: z.enum(familyNames).default('generic'),
  courses: number.pipe(z.number().max(10_000)).default(5),
  members: number.pipe(z.number().max(200_000)).default(100),
  'big-course': number.pipe(z.number().max(200_000)).optional(),
  'token-life': number.pipe(z.number().min(1)).default(3600),
});

export type ProcessSettings = z.infer<typeof settingsSchema>;

/**
 * Reads the settings of a process from its arguments (`--token-life 60`) and from the environment
 * (`SIMULATED_PLATFORM_TOKEN_LIFE=60`); arguments win.
 * @throws TypeError for an unknown argument, ZodError for a wrong value.
 */
export function readProcessSettings(args: string[], environment: NodeJS.ProcessEnv): ProcessSettings {
  const names = Object.keys(settingsSchema.shape);
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args, options, strict: true });
  const given = names.map((name) => [name, values[name] ?? environment[variableOf(name)]]);
  return settingsSchema.parse(Object.fromEntries(given));
}

function variableOf(name: string): string {
  return `SIMULATED_PLATFORM_${name.toUpperCase().replaceAll('-', '_')}`;
}
