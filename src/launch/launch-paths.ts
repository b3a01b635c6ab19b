/** The paths of the login and the launch below the public URL. */
export const LOGIN_PATH = '/lti/login';
export const LAUNCH_PATH = '/lti/launch';
/** Below the public URL: how administrators of platforms register the tool by hand. */
export const REGISTRATION_GUIDE_PATH = '/lti/registration-guide';
