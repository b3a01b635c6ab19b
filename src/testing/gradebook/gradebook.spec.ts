import { Gradebook } from './gradebook.js';

describe('a gradebook that a test waits for', () => {
  const score = { scoreGiven: 17, timestamp: '2026-11-01T10:00:00Z' };

  it('resolves with the score as soon as the user has a result, of the line item with that label', async () => {
    const gradebook = new Gradebook((id) => `https://lms.example.edu/${id}`);
    const waiting = gradebook.untilScored('ada', { label: 'Quiz' });
    gradebook
      .addLineItem({ label: 'Essay', scoreMaximum: 20 })
      .setScore({ ...score, userId: 'ada', scoreGiven: 1 });
    gradebook.addLineItem({ label: 'Quiz', scoreMaximum: 20 }).setScore({ ...score, userId: 'ada' });
    expect(await waiting).toBe(17);
  });

  it('says what the gradebook has when no result comes in time', async () => {
    const gradebook = new Gradebook((id) => `https://lms.example.edu/${id}`);
    await expect(gradebook.untilScored('ada', { timeoutMs: 1 })).rejects.toThrow(
      'The gradebook has no line item.',
    );
    gradebook.addLineItem({ label: 'Essay', scoreMaximum: 20 });
    await expect(gradebook.untilScored('ada', { label: 'Quiz', timeoutMs: 1 })).rejects.toThrow(
      'a result of user ada for "Quiz". The gradebook has "Essay".',
    );
  });
});
