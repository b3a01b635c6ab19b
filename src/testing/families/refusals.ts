export type TokenRefusalReason =
  | 'wrong_method'
  | 'wrong_content_type'
  | 'missing_parameter'
  | 'missing_scope'
  | 'repeated_parameter'
  | 'unsupported_grant_type'
  | 'wrong_assertion_type'
  | 'malformed_assertion'
  | 'unknown_client'
  | 'key_off'
  | 'wrong_algorithm'
  | 'missing_key_id'
  | 'unknown_key'
  | 'unusable_key'
  | 'unreachable_key_set'
  | 'bad_signature'
  | 'missing_claim'
  | 'issued_in_future'
  | 'issued_too_long_ago'
  | 'expired_assertion'
  | 'lives_too_long'
  | 'subject_mismatch'
  | 'wrong_audience'
  | 'replayed_assertion'
  | 'invalid_scope';

export type MembershipRefusalReason =
  | 'wrong_method'
  | 'missing_bearer'
  | 'unknown_token'
  | 'expired_token'
  | 'key_off'
  | 'insufficient_scope'
  | 'tool_withdrawn'
  | 'not_acceptable'
  | 'unknown_course'
  | 'unknown_resource_link'
  | 'bad_paging'
  | 'roster_too_large';

/** Why a launch stops at the platform. */
export type AuthorizationRefusalReason =
  | 'wrong_method'
  | 'missing_parameter'
  | 'repeated_parameter'
  | 'unknown_client'
  | 'unregistered_redirect_uri'
  | 'lost_query'
  | 'wrong_scope'
  | 'wrong_response_type'
  | 'wrong_response_mode'
  | 'wrong_prompt'
  | 'unknown_message_hint'
  | 'used_message_hint'
  | 'wrong_login_hint';

/** How a token request is refused. `{detail}` in `error` stands for what the check found. */
export interface TokenRefusal {
  readonly status: number;
  readonly error: string;
  /** Whether `error_description` tells the reason. */
  readonly described?: boolean;
  /** A page for humans instead of JSON. */
  readonly html?: boolean;
}
export type TokenRefusals = Readonly<Record<TokenRefusalReason, TokenRefusal>>;

export type GradebookRefusalReason =
  | 'wrong_method'
  | 'missing_bearer'
  | 'unknown_token'
  | 'expired_token'
  | 'key_off'
  | 'insufficient_scope'
  | 'tool_withdrawn'
  | 'not_acceptable'
  | 'wrong_content_type'
  | 'unknown_course'
  | 'unknown_line_item'
  | 'unknown_result'
  | 'unknown_resource_link'
  | 'bad_paging'
  | 'bad_line_item'
  | 'locked_line_item'
  | 'bad_score'
  | 'missing_score_maximum'
  | 'unknown_user'
  | 'not_a_student'
  | 'stale_timestamp';

/** What only some families refuse: those that say how. */
export type GradebookOddityReason =
  | 'concluded_course'
  | 'course_past_its_end'
  | 'coupled_line_item'
  | 'swallowed_body'
  | 'limit_with_type'
  | 'foreign_line_item'
  | 'unreadable_user_id'
  | 'unpublished_assignment'
  | 'future_submission'
  | 'no_content_items'
  | 'no_attempts_left';

/** How a service request is refused; `body` is one of the ways in which families put it. */
export interface ServiceRefusal {
  readonly status: number;
  /** `{name}` stands for what the request or the check had under this name. */
  readonly message: string;
  /** The error code in the body; the reason where not given. */
  readonly error?: string;
  readonly body:
    'oauth' | 'canvas' | 'error' | 'text' | 'moodle' | 'moodle-score' | 'html' | 'explained' | 'none';
  readonly headers?: Readonly<Record<string, string>>;
}
export type MembershipRefusals = Readonly<Record<MembershipRefusalReason, ServiceRefusal>>;
export type GradebookRefusals = Readonly<
  Record<GradebookRefusalReason, ServiceRefusal> & Partial<Record<GradebookOddityReason, ServiceRefusal>>
>;
