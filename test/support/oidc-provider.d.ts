/** The package has no types. These are for the parts that the tests use. */
declare module 'oidc-provider' {
  import { type RequestListener } from 'node:http';

  export default class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    callback(): RequestListener;
  }
}
