import { blackboard } from './families/blackboard.family.js';
import { brightspace } from './families/brightspace.family.js';
import { canvas } from './families/canvas.family.js';
import { generic } from './families/generic.family.js';
import { moodle } from './families/moodle.family.js';
import { openedx } from './families/openedx.family.js';
import { sakai } from './families/sakai.family.js';
import { schoology } from './families/schoology.family.js';
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
