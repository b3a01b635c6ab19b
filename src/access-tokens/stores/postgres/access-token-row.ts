/** What `statements.get` answers. */
export interface AccessTokenRow {
  sealed_token: string | null;
  token_facts: string | null;
  failure: string | null;
}

/** What `statements.list` answers. */
export interface AccessTokenListRow {
  key_id: string;
  token_hash: string | null;
  token_facts: string | null;
  failure: string | null;
  lease_holder: string | null;
}

/** What `statements.sealed` answers. */
export interface SealedTokenRow {
  key_id: string;
  sealed_token: string;
}
