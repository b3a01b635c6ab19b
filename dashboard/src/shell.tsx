import { type ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { call } from './api.js';
import { BASE, HOME, pageAt } from './paths.js';
import { useSession } from './session.js';

const links = [
  ['', 'Overview'],
  ['registrations', 'Registrations'],
  ['courses', 'Courses'],
  ['sync-runs', 'Sync runs'],
  ['scores', 'Grades'],
  ['access-tokens', 'Tokens'],
  ['user-grants', 'User grants'],
  ['webhooks', 'Webhooks'],
  ['tool-keys', 'Signing keys'],
  ['api-keys', 'API keys'],
  ['settings', 'Settings'],
] as const;

/** The header with the navigation, around every page. */
export function Shell({ onSignedOut, children }: { onSignedOut: () => void; children: ComponentChildren }) {
  const { path } = useLocation();
  const { apiKey } = useSession();
  const section = path.slice(BASE.length).split('/')[0] ?? '';
  const nav = useRef<HTMLElement>(null);
  // On a phone the links are one row, which is wider than the screen.
  useEffect(() => {
    const current = nav.current?.querySelector<HTMLElement>('[aria-current]');
    if (current !== undefined && current !== null && nav.current !== null)
      nav.current.scrollLeft = current.offsetLeft - (nav.current.clientWidth - current.offsetWidth) / 2;
  }, [section]);
  const skip = (event: Event): void => {
    event.preventDefault();
    document.querySelector<HTMLElement>('h1')?.focus();
  };
  const signOut = (): void => {
    void call('DELETE', 'session').finally(onSignedOut);
  };
  return (
    <>
      <header class="top">
        <a class="skip" href={path} onClick={skip}>
          Skip to the page
        </a>
        <a class="brand" href={HOME}>
          nest-lti
        </a>
        <nav ref={nav} aria-label="Pages">
          {links
            .filter(([name]) => name !== 'api-keys' || apiKey !== undefined)
            .map(([name, label]) => (
              <a
                key={name}
                href={name === '' ? HOME : pageAt(name)}
                aria-current={section === name ? 'page' : undefined}
              >
                {label}
              </a>
            ))}
        </nav>
        {apiKey !== undefined && (
          <div class="who">
            <span class="key-name" title={`Signed in with the API key ${apiKey.name}`}>
              {apiKey.name}
            </span>
            {apiKey.scope === 'read' && <span class="badge neutral">Read only</span>}
            <button type="button" class="quiet" onClick={signOut}>
              Sign out
            </button>
          </div>
        )}
      </header>
      <main>{children}</main>
    </>
  );
}
