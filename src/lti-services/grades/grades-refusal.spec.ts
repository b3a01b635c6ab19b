import { type PlatformFamily } from '../../registrations/platform-family.js';
import { gradesRefusal, scoreRefusal } from './grades-refusal.js';

const receivedAt = new Date('2026-01-05T08:00:00Z');

function answer(status: number, body: string, headers: Record<string, string> = {}) {
  return { status, body, headers, url: 'https://lms.example.edu/', receivedAt };
}

it.each<[PlatformFamily, number, string, string]>([
  ['generic', 409, '', 'score_stale'],
  [
    'canvas',
    400,
    '{"errors":{"message":"Provided timestamp of 1 before last updated timestamp of 2"}}',
    'score_stale',
  ],
  ['canvas', 400, '{"errors":{"message":"timestamp is invalid"}}', 'grades_refused'],
  ['canvas', 422, 'Provided timestamp of 1 before last updated timestamp of 2', 'grades_refused'],
  ['openedx', 400, '{"error":"Score timestamp can only be updated to a later point in time"}', 'score_stale'],
  ['openedx', 400, '{"timestamp":["This field is required."]}', 'grades_refused'],
  ['generic', 404, '', 'line_item_gone'],
  ['generic', 410, '', 'line_item_gone'],
  ['generic', 500, '', 'grades_unavailable'],
])('%s answering a score with %i %s means %s', (family, status, body, code) => {
  expect(scoreRefusal(answer(status, body), family)).toMatchObject({ code });
});

it("leaves Moodle's empty list out of its words", () => {
  expect(gradesRefusal(answer(400, '[]'), 'the score')).toMatchObject({ answer: { words: '' } });
});

it('has the time from which a retry may succeed', () => {
  const retryAt = (headers: Record<string, string>) => gradesRefusal(answer(502, '', headers), 'x').retryAt;
  expect(retryAt({ 'retry-after': '5' })).toEqual(new Date('2026-01-05T08:00:05Z'));
  expect(retryAt({})).toEqual(new Date('2026-01-05T08:01:00Z'));
});

it('tells a refused score in the words of the platform, and what they may be about', () => {
  const body = '{"errors":{"message":"The maximum number of allowed attempts has been reached"}}';
  const { message } = scoreRefusal(answer(422, body), 'canvas');
  expect(message).toContain('The maximum number of allowed attempts has been reached');
  expect(message).toContain('no attempts left');
});
