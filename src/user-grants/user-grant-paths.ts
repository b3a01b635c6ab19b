/** Paths for browsers, below the public URL. */
export const AUTHORIZE_PATH = '/user-grants/authorize';
export const CALLBACK_PATH = '/user-grants/callback';
export const LOGOUT_PATH = '/user-grants/logout';

/** The redirect URI that platforms have to know. */
export function callbackUrl(publicUrl: string): string {
  return publicUrl + CALLBACK_PATH;
}
