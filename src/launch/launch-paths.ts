/** Where browsers and platforms find us, below the public URL. */
export const LOGIN_PATH = '/lti/login';
export const LAUNCH_PATH = '/lti/launch';
