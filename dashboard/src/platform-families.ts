import { type PlatformFamily } from '../../src/registrations/platform-family.js';

/** The products by their families. */
export const platformNames: Readonly<Record<PlatformFamily, string>> = {
  moodle: 'Moodle',
  canvas: 'Canvas',
  brightspace: 'Brightspace',
  blackboard: 'Blackboard',
  schoology: 'Schoology',
  sakai: 'Sakai',
  openedx: 'Open edX',
  generic: 'Another platform',
};
