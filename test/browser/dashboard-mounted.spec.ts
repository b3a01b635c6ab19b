import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type IncomingHttpHeaders } from 'node:http';
import { dashboard } from 'nest-lti-dashboard';
import request from 'supertest';
import { useChromium } from '../support/chromium.js';
import { adapterNames } from '../support/http-adapters.js';
import { LtiTestApp } from '../support/lti-app.js';

/** Lets users in that the application has signed in. */
@Injectable()
class StaffGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: IncomingHttpHeaders }>();
    return headers.cookie?.includes('staff=yes') ?? false;
  }
}

/** One that has the name of the dashboard in it. */
const PREFIX = '/dashboard/lti';
const REGISTRATION = '00000000-0000-7000-8000-000000000001';

describe.each(adapterNames)("the dashboard behind an application's own guard, on %s", (adapter) => {
  const chromium = useChromium();
  let lti: LtiTestApp;
  beforeAll(async () => {
    lti = await LtiTestApp.start({
      adapter,
      prefix: PREFIX,
      publicUrl: `http://localhost${PREFIX}`,
      api: { guard: StaffGuard },
      dashboard,
    });
  });
  afterAll(() => lti.stop());

  it('does not exist for users whom the guard refuses', async () => {
    for (const path of ['/dashboard', '/dashboard/courses', '/api/v1/courses'])
      await request(lti.url).get(path).expect(403);
  });

  it('has no page below five segments, and no file that was not built', async () => {
    for (const path of ['/dashboard/a/b/c/d/e', '/dashboard/assets/none.js'])
      await request(lti.url).get(path).set('Cookie', 'staff=yes').expect(404);
  });

  it('answers 404 to other addresses that end with a slash, and to changes', async () => {
    await request(lti.url).get('/none/').expect(404);
    await request(lti.url).get('/none/dashboard/').expect(404);
    await request(lti.url).post('/dashboard/').expect(404);
  });

  it('opens at any of its addresses below the prefix, without a sign-in of its own', async () => {
    const page = await chromium().open('about:blank');
    await page.context().addCookies([{ name: 'staff', value: 'yes', url: lti.url }]);
    const userId = encodeURIComponent('a/dashboard/b');
    for (const [path, heading] of [
      ['', 'Overview'],
      ['/', 'Overview'],
      ['/?range=week', 'Overview'],
      ['/courses?search=x', 'Courses'],
      [`/registrations/${REGISTRATION}/users/dashboard`, 'User dashboard'],
      [`/registrations/${REGISTRATION}/users/${userId}`, 'User a/dashboard/b'],
    ] as const) {
      await page.goto(`${lti.url}/dashboard${path}`);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      const base = await page.evaluate<string>('document.baseURI');
      expect([path, base]).toEqual([path, `${lti.url}/dashboard/`]);
    }
    await page.getByRole('link', { name: 'Registrations', exact: true }).click();
    await page.getByText('No platform is registered yet').waitFor();
    expect(new URL(page.url()).pathname).toBe(`${PREFIX}/dashboard/registrations`);
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
  });
});
