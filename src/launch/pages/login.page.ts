import { frameScript, type LoginData, type PlatformStorage } from './frame-script.js';
import { type LaunchPage, launchPage } from './launch-page.js';
import { newWindow, type NewWindowOptions } from './new-window.js';

export interface LoginPageOptions extends NewWindowOptions {
  /** The platform's, with the whole authentication request in its query. */
  authorizationUrl: string;
  /** What is to be found again at the launch: the browser's secret. */
  storage: PlatformStorage & { value: string };
}

/**
 * Finds out how this browser can be known again, and then goes on to the platform: by cookie, by the platform's storage, or in a
 * new window. Until then the platform has not been asked anything: its hint may be good for one time only.
 */
export function loginPage({ authorizationUrl, storage, ...again }: LoginPageOptions): LaunchPage {
  const data: LoginData = { step: 'login', authorizationUrl, storage };
  return launchPage({
    title: 'Opening the activity',
    main: newWindow(again),
    script: { source: frameScript, data },
  });
}
