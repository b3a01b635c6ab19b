import { type Answer, htmlAnswer, jsonAnswer } from './http-exchange.js';

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
  | 'wrong_algorithm'
  | 'missing_key_id'
  | 'unknown_key'
  | 'unusable_key'
  | 'unreachable_key_set'
  | 'bad_signature'
  | 'missing_claim'
  | 'issued_in_future'
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
  | 'insufficient_scope'
  | 'tool_withdrawn'
  | 'not_acceptable'
  | 'unknown_course'
  | 'unknown_resource_link'
  | 'bad_paging'
  | 'roster_too_large';

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

/** How a service request is refused; `body` is one of the ways in which families put it. */
export interface MembershipRefusal {
  readonly status: number;
  readonly message: string;
  /** The error code in the body; the reason where not given. */
  readonly error?: string;
  readonly body: 'oauth' | 'canvas' | 'error' | 'moodle' | 'html' | 'explained';
  readonly headers?: Readonly<Record<string, string>>;
}
export type MembershipRefusals = Readonly<Record<MembershipRefusalReason, MembershipRefusal>>;

/** The request as far as some refusals repeat it. */
export interface RefusedRequest {
  readonly method: string;
  readonly pathAndQuery: string;
  readonly accept: string;
}

/** Puts a refusal of a service into the words of the family. */
export function membershipRefusalAnswer(
  refusal: MembershipRefusal,
  reason: MembershipRefusalReason,
  request: RefusedRequest,
): Answer {
  const headers = { ...refusal.headers };
  const code = refusal.error ?? reason;
  switch (refusal.body) {
    case 'html':
      return htmlAnswer(refusal.status, refusal.message, headers);
    case 'error':
      return jsonAnswer(refusal.status, { error: refusal.message }, headers);
    case 'explained':
      return jsonAnswer(refusal.status, { error: code, explanation: refusal.message }, headers);
    case 'canvas':
      return jsonAnswer(
        refusal.status,
        { errors: { type: refusal.status === 401 ? 'unauthorized' : code, message: refusal.message } },
        headers,
      );
    case 'oauth':
      return jsonAnswer(refusal.status, { error: code, error_description: refusal.message }, headers);
    case 'moodle':
      return moodleRefusal(refusal, request);
  }
}

function moodleRefusal(refusal: MembershipRefusal, request: RefusedRequest): Answer {
  const servicePath = /services\.php([^?]*)/.exec(request.pathAndQuery)?.[1] ?? '';
  const reason = refusal.message.replace('{path}', servicePath).replace('{accept}', request.accept);
  const body = {
    status: refusal.status,
    reason,
    request: { method: request.method, url: request.pathAndQuery, accept: request.accept, contentType: '' },
  };
  return {
    ...jsonAnswer(refusal.status, body),
    // An address or an Accept header may hold what a status line cannot.
    statusText: reason.replace(/[^\x20-\x7e]/g, '?').trim(),
    body: JSON.stringify(body, undefined, 4),
  };
}
