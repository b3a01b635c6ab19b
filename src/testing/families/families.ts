import { blackboard } from './blackboard.family.js';
import { brightspace } from './brightspace.family.js';
import { canvas } from './canvas.family.js';
import { generic } from './generic.family.js';
import { moodle } from './moodle.family.js';
import { openedx } from './openedx.family.js';
import { sakai } from './sakai.family.js';
import { schoology } from './schoology.family.js';
import { type FamilyName, type PlatformFamily } from './family.js';

export const families: Readonly<Record<FamilyName, PlatformFamily>> = {
  generic,
  moodle,
  canvas,
  sakai,
  openedx,
  brightspace,
  blackboard,
  schoology,
};
