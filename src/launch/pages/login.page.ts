import { frameScript, type LoginData, type PlatformStorage } from './frame-script.js';
import { type LaunchPage, launchPage } from './launch-page.js';
import { newWindow, type NewWindowOptions } from './new-window.js';

export interface LoginPageOptions extends NewWindowOptions {
  /** The platform's authorization URL with the authentication request in its query. */
  authorizationUrl: string;
  /** The browser's secret, which the launch reads again. */
  storage: PlatformStorage & { value: string };
}

/**
 * Finds a place for the browser's secret: a cookie, the platform's storage, or a new window. Then it goes to the platform. It does
 * not go there before, since the platform may accept its login hint only once.
 */
export function loginPage({ authorizationUrl, storage, ...again }: LoginPageOptions): LaunchPage {
  const data: LoginData = { step: 'login', authorizationUrl, storage };
  return launchPage({
    title: 'Opening the activity',
    main: newWindow(again),
    script: { source: frameScript, data },
  });
}
