import { z } from 'zod';

/** An option of `LtiModule`, as the API shows it. */
export const settingSchema = z.object({
  /** As in `LtiModule.forRoot`: `courseSync.every`. */
  name: z.string(),
  /** The environment variable of the standalone service; null for an option that has none. */
  variable: z.string().nullable(),
  /** Durations are texts such as `15m`. Null: not set, or not shown. URLs are without login and query. */
  value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullable(),
  /** It is set, and its value is not shown. */
  isMasked: z.boolean(),
  isDefault: z.boolean(),
  /** The page of the documentation. */
  docs: z.string(),
});
export type Setting = z.output<typeof settingSchema>;

export const settingsViewSchema = z.object({ version: z.string(), settings: z.array(settingSchema) });
export type SettingsView = z.output<typeof settingsViewSchema>;
