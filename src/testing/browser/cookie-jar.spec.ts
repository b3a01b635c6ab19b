import { CookieJar } from './cookie-jar.js';
import { FakeClock } from '../fake-clock.js';

describe('CookieJar', () => {
  const clock = new FakeClock();
  const here = new URL('http://127.0.0.1:3000/lti/login');
  let jar: CookieJar;

  beforeEach(() => (jar = new CookieJar(clock)));
  const at = (url: string, from: 'own' | 'foreign' = 'own') => jar.cookiesFor(new URL(url), from);

  it('sends cookies back under their path, to their origin', () => {
    jar.store(here, ['a=1; Path=/', 'b=2', 'c=3; Path=/api']);
    expect(at('http://127.0.0.1:3000/lti/launch')).toEqual(['b=2', 'a=1']);
    expect(at('http://127.0.0.1:3000/ltix')).toEqual(['a=1']);
    expect(at('http://127.0.0.1:3001/lti/launch')).toEqual([]);
  });

  it('replaces and deletes cookies by name and path', () => {
    jar.store(here, ['a=1; Path=/', 'a=2; Path=/', 'b=1; Path=/', 'c=1; Path=/']);
    jar.store(here, [
      'b=; Max-Age=0; Path=/',
      'c=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/',
      'a=; Max-Age=0; Path=/lti',
    ]);
    expect(at('http://127.0.0.1:3000/')).toEqual(['a=2']);
  });

  it("sends only SameSite=None and Secure cookies with another site's request", () => {
    jar.store(here, [
      'a=1; Path=/; SameSite=None; Secure',
      'b=1; Path=/; SameSite=Lax',
      'c=1; Path=/; SameSite=None',
    ]);
    expect(at('http://127.0.0.1:3000/lti/launch', 'foreign')).toEqual(['a=1']);
  });

  it('stores no secure cookie from an insecure site, and no __Host- cookie with a path', () => {
    jar.store(new URL('http://tool.example/'), ['a=1; Secure']);
    jar.store(here, ['__Host-a=1; Secure; Path=/lti', '__Host-b=1; Path=/', '__Host-c=1; Secure; Path=/']);
    expect(at('http://tool.example/')).toEqual([]);
    expect(at('http://127.0.0.1:3000/lti')).toEqual(['__Host-c=1']);
  });
});
