/** How long the rows of a table are kept, and which of its columns may be about a person. */
export interface RetentionRule {
  /** Columns with ids, names or texts of users; with their own words or grades. */
  personal: readonly string[];
  /** All other columns. */
  other: readonly string[];
  /** When a row is deleted, for the table in docs/privacy.md. */
  until: string;
}

const COURSE = 'its course or registration is deleted';

/** Every table of the schema `nest_lti`. A new table or column needs an entry here, and a line in docs/privacy.md. */
export const retentionRules: Readonly<Record<string, RetentionRule>> = {
  access_token: {
    personal: [],
    other:
      words(`key_id registration_id sealed_token token_hash token_facts failure lease_id lease_holder lease_until
      keep_until`),
    until: 'it has expired, or its registration changes or is deleted',
  },
  api_key: {
    personal: ['name'],
    other: words('id key_hash scope created_at revoked_at last_used_at'),
    until: 'never, so that lists show who had access; the name is yours',
  },
  api_session: {
    personal: [],
    other: words('token_hash key_hash created_at expires_at'),
    until: 'the browser signs out; at the next sign-in after 12 hours',
  },
  course: {
    personal: [],
    other:
      words(`id registration_id deployment_id context_id title memberships_url line_items_url differences_url full_read_at
      next_sync_at next_sync_reason used_at concluded_at gone_days gone_at created_at updated_at deleted_at launched_at groups_url group_sets_url origin_context_ids`),
    until: 'it is deleted, or its registration is',
  },
  course_group: {
    personal: [],
    other: words('course_id group_id name tag set_id set_name updated_at'),
    until: `a sync does not find it, or ${COURSE}`,
  },
  deployment: {
    personal: [],
    other: words('id registration_id deployment_id created_at status notice_service_url notice_types'),
    until: 'it is taken out of its registration, or that is deleted',
  },
  dynamic_registration: {
    personal: [],
    other:
      words(`id invitation_id status issuer configuration requested_scopes client_id deployment_id registration_id error
      created_at settled_at`),
    until: '90 days after it began, or its registration is deleted',
  },
  encryption_check: { personal: [], other: words('id sealed'), until: 'never' },
  event: {
    personal: ['user_ids'],
    other:
      words(`sequence id subscription_id type registration_id course_id order_key data status attempts attempted_at failing_since
      retry_at last_status last_error created_at settled_at`),
    until: `\`retention.events\` (7 days) after its delivery, 30 days after it was stored; \`user_ids\` only until the user is erased, or ${COURSE}`,
  },
  event_subscription: {
    personal: [],
    other:
      words(`id kind url sealed_secret sealed_old_secret old_secret_until types registration_id status reason failures
      failing_since retry_at seen_at created_at updated_at`),
    until: 'the webhook or its registration is deleted, or no process has had the handler for 30 days',
  },
  last_score: {
    personal: ['user_id'],
    other: words('line_item_key arrival ordered_at sent_timestamp course_id'),
    until: `the user is erased, or ${COURSE}`,
  },
  launch_session: {
    personal: ['user_id', 'launch'],
    other:
      words(`id registration_id consumer_id course_id code_digest code_expires_at created_at expires_at revoked_at
      deep_link_answered_at`),
    until: `\`retention.launchSessions\` (1 day) after its end, the user is erased, or ${COURSE}`,
  },
  lease: {
    personal: [],
    other: words('name holder held_by expires_at'),
    until: 'it is released; a day after its end',
  },
  line_item: {
    personal: [],
    other:
      words(`course_id line_item_key line_item_id label score_maximum resource_link_id resource_id tag start_date_time
      end_date_time grades_released extensions fingerprint missing_since updated_at submission_review`),
    until: `a sync does not find it, or ${COURSE}`,
  },
  lti11_consumer: {
    personal: [],
    other: words('id name consumer_key sealed_secret registration_id created_at updated_at deleted_at'),
    until: 'it is deleted, and no proven id and no session refers to it',
  },
  lti11_link: {
    personal: ['lti_id', 'lti11_id'],
    other: words('registration_id kind consumer_id linked_at'),
    until: 'the user is erased, or the registration is deleted',
  },
  membership: {
    personal:
      words(`user_id roles status name given_name middle_name family_name email picture sourced_id lti11_user_id sections
      group_ids`),
    other: words('course_id fingerprint missing_since updated_at'),
    until: `a sync finds that the user has left, the user is erased, or ${COURSE}`,
  },
  migration: { personal: [], other: words('id timestamp name'), until: 'never' },
  notice: {
    personal: ['claims'],
    other: words(
      `id registration_id deployment_id notice_id type received_at attempts next_try_at handled_at error`,
    ),
    until:
      'its registration is deleted, or `retention.notices` (7 days) after it came; `claims` only until it is handled, or a user in it is erased',
  },
  outbox_score: {
    personal: ['user_id', 'score'],
    other:
      words(`id arrival registration_id course_id line_item_id line_item_key origin idempotency_key fingerprint given_timestamp
      status due_at sent_timestamp maybe_sent stale attempts failing_since error_code message created_at settled_at attempted_at
      in_flight_by fault failed_alone refused_call`),
    until: `\`gradePassback.keepFor\` (90 days) after it was posted, superseded or cancelled, \`retention.rejectedScores\` (365 days) after it was rejected, the user is erased, or ${COURSE}`,
  },
  passback_suspension: {
    personal: [],
    other:
      words(`registration_id cause failures error_code message suspended_since retry_at failed_at course_id line_item_id
      is_outlived kind line_item_key origin`),
    until: `it ends, or ${COURSE}`,
  },
  rate_limit: {
    personal: [],
    other: words('origin level measured recovers_at cooldown_until'),
    until: 'the platform has its full limit again',
  },
  rate_limit_slot: {
    personal: [],
    other: words('origin slot process_id'),
    until: 'seconds after its last use',
  },
  rate_limit_user: {
    personal: [],
    other: words('origin process_id wanted sent concurrency per_second expires_at'),
    until: 'seconds after its last use',
  },
  registration: {
    personal: [],
    other:
      words(`id name issuer client_id authorization_url token_url jwks_url token_audience scopes platform_family quiet_hours revision
      refused_scopes created_at updated_at deleted_at id_token_algorithm assertion_algorithm deployment_awaited_until
      deployment_in_assertion`),
    until: 'it is deleted, and the last grant of its users is revoked',
  },
  registration_invitation: {
    personal: ['name'],
    other: words('id secret_digest allowed_issuers created_at expires_at used_at revoked_at'),
    until: '90 days after its end; the name is yours',
  },
  registration_statistic: {
    personal: [],
    other:
      words(`registration_id hour launches refused_launches syncs failed_syncs scores rejected_scores token_requests token_uses
      failed_requests request_ms slowest_request_ms throttled_ms`),
    until: '31 days after its hour, or its registration is deleted',
  },
  resource_link: {
    personal: [],
    other: words('course_id resource_link_id title line_item_url created_at updated_at origin_ids'),
    until: COURSE,
  },
  result: {
    personal: ['user_id', 'result_score', 'comment', 'scoring_user_id', 'extensions'],
    other: words('course_id result_maximum graded_at fingerprint missing_since updated_at line_item_key'),
    until: `a sync does not find it, the user is erased, or ${COURSE}`,
  },
  sync_run: {
    personal: [],
    other:
      words(`id course_id registration_id trigger status attempt pages added updated removed unchanged token_requests error_code
      message retry_at created_at started_at finished_at roster_end line_items results grades_written grades_removed
      grades_error_code grades_message refused_call groups_error_code groups_message`),
    until: `\`retention.syncRuns\` (30 days) after its end, but the last one of a course stays, or ${COURSE}`,
  },
  tool_key: {
    personal: [],
    other: words('kid algorithm public_jwk sealed_private_key created_at signs_from revoked_at'),
    until:
      'it has signed its last message and `toolKeys.keepFor` is over; a revoked one stays without its private part',
  },
  used_nonce: { personal: [], other: words('digest expires_at'), until: 'its launch cannot be repeated' },
  user_grant: {
    personal: ['user_id', 'provider_user_id'],
    other:
      words(`id registration_id status reason scopes asked_scopes sealed_access_token sealed_refresh_token refresh_token_hash
      refresh_claim expires_at authorized_at last_refreshed_at created_at updated_at user_grant_client_id forced_refresh_at`),
    until:
      'it is revoked at the platform after the user logs out or is erased, or the registration is deleted; a day later at most',
  },
  user_grant_client: {
    personal: [],
    other:
      words(`id registration_id provider_name provider client_id sealed_secret api_url scopes authorize_parameters unverified
      created_at updated_at deleted_at replaced_at`),
    until: 'it, or its registration, is deleted and its last grant is revoked',
  },
  user_grant_state: {
    personal: [],
    other: words('digest launch_session_id browser_digest redirect_uri scopes created_at expires_at'),
    until: 'an hour after its end, or its launch session is deleted',
  },
};

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
