import { SimulatedPlatform } from './simulated-platform.js';

describe('HumanPage', () => {
  it('shows what a registration needs, the courses and the counts, escaped', async () => {
    const lms = await SimulatedPlatform.start({ family: 'brightspace' });
    try {
      lms.addTool({ clientId: '<script>', jwks: { keys: [] } });
      lms.addCourse({ title: `"Rock" & <b>Roll</b>'s`, members: 42 });
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
      expect(page).toContain('<td>Refused: wrong_method</td><td>1</td>');
    } finally {
      await lms.stop();
    }
  });
});
