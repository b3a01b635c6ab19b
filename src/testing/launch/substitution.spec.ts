import { families } from '../families.js';
import { FakeClock } from '../fake-clock.js';
import { familyNames } from '../family.js';
import { PlatformState } from '../platform-state.js';
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
function launched(family: (typeof familyNames)[number], userId: string | undefined): unknown {
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
    launch: { loginUrl: url, redirectUris: [url], custom },
  });
  platform.addCourse({ contextId: 'biology', members: 1 });
  const { parameters } = platform.launches.start({ clientId: 'tool', contextId: 'biology', userId });
  const launch = platform.launches.find(parameters.lti_message_hint ?? '');
  if (launch === undefined) throw new Error('There is no such launch.');
  return launchClaims(launch, 'nonce', platform)[claimNames.custom];
}

describe('substituted', () => {
  it.each(familyNames)(
    'puts values in the place of the variables that it knows, and leaves the others: %s',
    (family) => {
      expect(launched(family, 'user-00001')).toMatchObject({
        canvas_user_id: String(numericId('user-00001')),
        user: 'user-00001',
        course: 'biology',
        unknown: '$Canvas.user.loginId',
        text: 'costs $User.id',
      });
    },
  );

  it('has no value for who is anonymous', () => {
    expect(launched('canvas', undefined)).toMatchObject({
      canvas_user_id: '$Canvas.user.id',
      user: '$User.id',
    });
  });
});
