/** Where the built dashboard is: the export `dashboard` of the package `nest-lti-dashboard`. */
export interface DashboardPages {
  /** The absolute path of its files. */
  readonly directory: string;
}

/** The injection token of the option. */
export const DASHBOARD_PAGES = Symbol('DASHBOARD_PAGES');
