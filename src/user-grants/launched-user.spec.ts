import { type LaunchSession } from '../launch/sessions/launch-session.entity.js';
import { platformUserIdOf } from './launched-user.js';
import { shippedProviders } from './providers/shipped-providers.js';

const idIn = (custom: Record<string, string>, { canvas, brightspace } = shippedProviders) =>
  [canvas, brightspace].map((provider) =>
    platformUserIdOf({ launch: { custom } } as unknown as LaunchSession, provider),
  );

it.each([
  ['a custom parameter', { canvas_user_id: '42' }, '42'],
  ['one that is past 2^53', { canvas_user_id: '10000000000000123' }, '10000000000000123'],
  ['no parameter', {}, undefined],
  ['an empty one', { canvas_user_id: '' }, undefined],
  ['a variable that the platform has left as it was', { canvas_user_id: '$Canvas.user.id' }, undefined],
])(
  "reads the platform's id of the launched user from %s, and none if the provider names no parameter",
  (_, custom, id) => {
    expect(idIn(custom as Record<string, string>)).toEqual([id, undefined]);
  },
);
