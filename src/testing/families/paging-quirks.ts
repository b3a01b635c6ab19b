/** How a family cuts a list into pages. */
export interface WindowQuirks {
  /**
   * `cursor`: one opaque parameter that tolerates no other beside it; `none`: everything at once, whatever is asked;
   * `page`: a number from 1 and `per_page`, which `limit` overrides; `page-from-0`: a number from 0.
   */
  readonly style: 'from' | 'start' | 'page' | 'page-from-0' | 'cursor' | 'none';
  /** Entries of a page when no limit was asked; all where not given. */
  readonly defaultLimit?: number;
  readonly largestLimit?: number;
  /** What a limit does that is not a positive whole number. */
  readonly badLimit: 'ignored' | 'refused';
}

export interface LinkStyle {
  readonly rel: 'quoted' | 'unquoted' | 'curly';
  readonly ampersand: 'plain' | 'escaped';
}
