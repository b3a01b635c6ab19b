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
  | 'missing_deployment'
  | 'unknown_deployment'
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

/** Why the platform refuses an authentication request. */
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

/** Why the platform refuses a deep linking response, besides the reasons of its signature. */
export type DeepLinkRefusalReason =
  | 'wrong_method'
  | 'wrong_content_type'
  | 'missing_parameter'
  | 'repeated_parameter'
  | 'unknown_launch'
  | 'altered_return_url'
  | 'null_member'
  | 'missing_claim'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'issued_in_future'
  | 'expired'
  | 'used_nonce'
  | 'wrong_message_type'
  | 'wrong_version'
  | 'wrong_deployment'
  | 'wrong_data'
  | 'bad_content_item'
  | 'type_not_accepted'
  | 'multiple_not_accepted'
  | 'line_item_not_accepted'
  | 'target_not_accepted'
  | 'media_type_not_accepted';

/** The answer to a refused token request. `{detail}` in `error` is replaced by the result of the check. */
export interface TokenRefusal {
  readonly status: number;
  readonly error: string;
  /** Whether `error_description` has the reason. */
  readonly described?: boolean;
  /** Whether the answer is an HTML page instead of JSON. */
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

/** The faults that only some families refuse: those with an answer to them. */
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

/** The answer to a refused service request; `body` is the form of the body. */
export interface ServiceRefusal {
  readonly status: number;
  /** `{name}` is replaced by the value of this name in the request or the check. */
  readonly message: string;
  /** The error code in the body; the reason by default. */
  readonly error?: string;
  readonly body:
    | 'oauth'
    | 'canvas'
    | 'error'
    | 'text'
    | 'moodle'
    | 'moodle-score'
    | 'html'
    | 'explained'
    | 'none';
  readonly headers?: Readonly<Record<string, string>>;
}
export type MembershipRefusals = Readonly<Record<MembershipRefusalReason, ServiceRefusal>>;
export type GradebookRefusals = Readonly<
  Record<GradebookRefusalReason, ServiceRefusal> & Partial<Record<GradebookOddityReason, ServiceRefusal>>
>;
