/**
 * The built dashboard, for the option `dashboard` of `LtiModule`.
 *
 * @example
 * LtiModule.forRoot({ ...options, api: { guard: StaffGuard }, dashboard });
 */
export declare const dashboard: { readonly directory: string };
