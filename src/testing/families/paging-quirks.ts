/** How a family divides a list into pages. */
export interface WindowQuirks {
  /**
   * `cursor`: one opaque parameter, alone; `none`: everything at once, whatever limit is asked for;
   * `page`: a number from 1 and `per_page`, which `limit` overrides; `page-from-0`: a number from 0.
   */
  readonly style: 'from' | 'start' | 'page' | 'page-from-0' | 'cursor' | 'none';
  /** Entries of a page without a limit in the query; all by default. */
  readonly defaultLimit?: number;
  readonly largestLimit?: number;
  /** The treatment of a limit that is not a positive whole number. */
  readonly badLimit: 'ignored' | 'refused';
}

export interface LinkStyle {
  readonly rel: 'quoted' | 'unquoted' | 'curly';
  readonly ampersand: 'plain' | 'escaped';
}
