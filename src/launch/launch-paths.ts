/** The paths of the login and the launch below the public URL. */
export const LOGIN_PATH = '/lti/login';
export const LAUNCH_PATH = '/lti/launch';
