import { z } from 'zod';

/** The product behind a registration: what the quirks of platforms key on. */
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
