import { scoreSchema } from './score.schema.js';

const score = { userId: 'u', scoreGiven: 5, scoreMaximum: 10 };

function faultsOf(input: unknown): string[] {
  return (scoreSchema.safeParse(input).error?.issues ?? []).map(({ path }) => path.join('.'));
}

it.each([
  ['extra credit', { scoreGiven: 12 }],
  ['a score of 0', { scoreGiven: 0 }],
  ['a clearing', { scoreGiven: null }],
  ['a clearing without a maximum', { scoreGiven: null, scoreMaximum: undefined }],
  ['a timestamp in another zone', { timestamp: '2026-01-05T08:00:00.5+05:30' }],
  ['an extension', { extensions: { 'https://tool.example.edu/x': [null] } }],
])('takes %s', (_, changes) => {
  expect(faultsOf({ ...score, ...changes })).toEqual([]);
});

it.each([
  ['no scoreGiven: nothing clears by accident', { scoreGiven: undefined }, 'scoreGiven'],
  ['a negative score', { scoreGiven: -0.1 }, 'scoreGiven'],
  ['no number', { scoreGiven: NaN }, 'scoreGiven'],
  ['an infinite score', { scoreGiven: Infinity }, 'scoreGiven'],
  ['a score without a maximum', { scoreMaximum: undefined }, 'scoreMaximum'],
  ['a maximum of 0', { scoreMaximum: 0 }, 'scoreMaximum'],
  ['a timestamp without a zone', { timestamp: '2026-01-05T08:00:00' }, 'timestamp'],
  ['a timestamp beyond the years of ISO 8601', { timestamp: new Date(8.64e15) }, 'timestamp'],
  ['an unknown progress', { gradingProgress: 'Done' }, 'gradingProgress'],
  ['an unknown activity', { activityProgress: 'fullyGraded' }, 'activityProgress'],
  ['an unknown field', { score: 5 }, ''],
  ['an extension that is no URL', { extensions: { colour: 1 } }, 'extensions.colour'],
  ['an empty user id', { userId: '' }, 'userId'],
])('refuses %s', (_, changes, field) => {
  expect(faultsOf({ ...score, ...changes })).toEqual([field]);
});
