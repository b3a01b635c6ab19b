import { families } from '../families/families.js';
import { FakeClock } from '../fake-clock.js';
import { familyNames } from '../families/family.js';
import { PlatformState } from '../platform/platform-state.js';
import { numericId } from '../user-oauth/numeric-id.js';
import { claimNames } from './claim-names.js';
import { launchClaims } from './launch-claims.js';

const custom = {
  canvas_user_id: '$Canvas.user.id',
  user: '$User.id',
  course: '$Context.id',
  unknown: '$Canvas.user.loginId',
  text: 'costs $User.id',
};

/** The custom parameters of a launch. */
function launched(
  family: (typeof familyNames)[number],
  who: 'the teacher' | 'nobody',
  parameters: Record<string, string> = custom,
) {
  const platform = new PlatformState({
    url: 'http://127.0.0.1:1',
    family: families[family],
    clock: new FakeClock(),
    tokenLifeSeconds: 3600,
  });
  const url = 'https://tool.example.edu/launch';
  platform.addTool({
    clientId: 'tool',
    jwks: { keys: [] },
    launch: { loginUrl: url, redirectUris: [url], custom: parameters },
  });
  const course = platform.addCourse({ contextId: 'biology', members: 1 });
  const userId = who === 'nobody' ? undefined : course.instructor.userId;
  const login = platform.launches.start({ clientId: 'tool', contextId: 'biology', userId });
  const launch = platform.launches.find(login.parameters.lti_message_hint ?? '');
  if (launch === undefined) throw new Error('There is no such launch.');
  return { userId, parameters: launchClaims(launch, 'nonce', platform)[claimNames.custom] };
}

describe('substituted', () => {
  it.each(familyNames)('replaces the variables that it knows and keeps the others: %s', (family) => {
    const { userId = '', parameters: found } = launched(family, 'the teacher');
    expect(found).toMatchObject({
      canvas_user_id: String(numericId(userId)),
      user: userId,
      course: 'biology',
      unknown: '$Canvas.user.loginId',
      text: 'costs $User.id',
    });
  });

  it('lower-cases the names at Schoology', () => {
    const name = 'Course_Title';
    expect(launched('schoology', 'the teacher', { [name]: 'X' }).parameters).toMatchObject({
      course_title: 'X',
    });
    expect(launched('canvas', 'the teacher', { [name]: 'X' }).parameters).toMatchObject({ [name]: 'X' });
  });

  it('has no value for an anonymous user', () => {
    expect(launched('canvas', 'nobody').parameters).toMatchObject({
      canvas_user_id: '$Canvas.user.id',
      user: '$User.id',
    });
  });
});
