/** The paths of Canvas, which every family uses. */
export const userOAuthPaths = {
  authorize: '/login/oauth2/auth',
  accept: '/login/oauth2/accept',
  token: '/login/oauth2/token',
  api: '/api/v1',
  upload: '/files_api',
  profile: '/profile/settings',
} as const;

/** The profile of a user. */
export function userPath(userId: string): string {
  return `${userOAuthPaths.profile}?${new URLSearchParams({ user: userId }).toString()}`;
}
