import { type FamilyName } from '../testing/families/family.js';
import { SimulatedPlatform } from '../testing/index.js';
import { hasForeignIssuer } from './demo-services.js';
import { freePort } from './free-port.js';

const USUAL_PORT = 3100;
const COURSES = [
  ['Biology 101', 120],
  ['Chemistry', 40],
  ['World history', 25],
] as const;

/** The LMS of the guided demo, in this process: the story reads its courses and its counts. No tool is registered. */
export async function startDemoLms(family: FamilyName): Promise<SimulatedPlatform> {
  const lms = await SimulatedPlatform.start({
    family,
    port: await freePort(USUAL_PORT),
    ownIssuer: hasForeignIssuer(family),
  });
  for (const [title, members] of COURSES) lms.addCourse({ title, members });
  return lms;
}
