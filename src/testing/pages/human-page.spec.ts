import { SimulatedPlatform } from '../simulated-platform.js';

describe('HumanPage', () => {
  it('shows what a registration needs, the courses and the counts, with HTML escaped', async () => {
    const lms = await SimulatedPlatform.start({ family: 'brightspace' });
    try {
      lms.addTool({ clientId: '<script>', jwks: { keys: [] } });
      const course = lms.addCourse({ title: `"Rock" & <b>Roll</b>'s`, members: 42 });
      const item = course.gradebook.addLineItem({ label: '<i>Quiz</i>', scoreMaximum: 20, coupled: true });
      const timestamp = '2026-01-05T08:00:00Z';
      const [member] = course.members;
      item.setScore({ userId: member!.userId, scoreGiven: 3, timestamp });
      item.setScore({ userId: 'user-<1>', scoreGiven: 15, comment: '<script>', timestamp });
      item.setScore({ userId: 'user-2', timestamp });
      await fetch(lms.tokenUrl);
      const response = await fetch(lms.url);
      const page = await response.text();
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      for (const address of [
        lms.issuer,
        lms.authorizationUrl,
        lms.tokenUrl,
        lms.tokenAudience,
        lms.jwksUrl,
      ]) {
        expect(page).toContain(`<td>${address}</td>`);
      }
      expect(page).toContain('<td>&quot;Rock&quot; &amp; &lt;b&gt;Roll&lt;/b&gt;&#39;s</td><td>42</td>');
      expect(page).toContain('<td>&lt;script&gt;</td>');
      expect(page).toContain('<caption>Gradebook of &quot;Rock&quot; &amp; &lt;b&gt;Roll');
      expect(page).toContain('<td>1: &lt;i&gt;Quiz&lt;/i&gt; (coupled)</td>');
      expect(page).toContain('<td>user-&lt;1&gt;</td><td>15 of 20</td><td>2026-01-05T08:00:00Z</td>');
      expect(page).toContain(`<td>${member!.name!} (${member!.userId})</td><td>3 of 20</td>`);
      expect(page).toContain('th { white-space: nowrap; }');
      expect(page).toContain('<td>user-2</td><td>none</td>');
      expect(page).not.toContain('<script>');
      expect(page).toContain('<td>Refused: wrong_method</td><td>1</td>');
    } finally {
      await lms.stop();
    }
  });
});
