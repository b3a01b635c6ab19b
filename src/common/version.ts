/** The version in package.json, as a constant: the built files do not lie beside it. */
export const VERSION = '0.1.0';
