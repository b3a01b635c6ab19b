export { type PlatformCounts } from './counters.js';
export { type FamilyName, familyNames } from './family.js';
export { type Fault, type FaultInput } from './fault.schema.js';
export { type IssuedToken } from './issued-tokens.js';
export { type SimulatedCourseInput } from './platform-state.js';
export { type SimulatedCourse } from './simulated-course.js';
export { type SimulatedMember } from './simulated-member.schema.js';
export { SimulatedPlatform, type SimulatedPlatformOptions } from './simulated-platform.js';
export { type SimulatedToolInput } from './simulated-tool.js';
