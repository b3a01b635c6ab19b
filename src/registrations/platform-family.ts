import { z } from 'zod';

/** The product behind a registration. It selects the quirks that are handled. */
export const platformFamilySchema = z.enum([
  'moodle',
  'canvas',
  'brightspace',
  'blackboard',
  'schoology',
  'sakai',
  'openedx',
  'generic',
]);

export type PlatformFamily = z.infer<typeof platformFamilySchema>;
