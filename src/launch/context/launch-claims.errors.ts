import { LtiError } from '../../common/lti-error.js';

/** A signed message lacks a claim, or has one that cannot be read. */
export class ClaimInvalid extends LtiError {
  readonly code: 'claim_missing' | 'claim_invalid';
  readonly status = 400;

  constructor(
    readonly claim: string,
    problem: string,
    override readonly specRef = 'CORE 5.3',
  ) {
    super(
      problem === 'missing'
        ? `The platform's message has no ${claim}.`
        : `The claim ${claim} of the platform's message ${problem}.`,
    );
    this.code = problem === 'missing' ? 'claim_missing' : 'claim_invalid';
  }

  override details(): Record<string, unknown> {
    return { claim: this.claim };
  }
}

export class LtiVersionUnsupported extends LtiError {
  readonly code = 'lti_version_unsupported';
  readonly status = 400;
  override readonly specRef = 'CORE 5.3.2';

  constructor() {
    super("The platform's message is not of LTI 1.3.0, the only version that is launched here.");
  }
}

export class MessageTypeUnsupported extends LtiError {
  readonly code = 'message_type_unsupported';
  readonly status = 400;
  override readonly specRef = 'CORE 5.3.1';

  constructor() {
    super(
      'This kind of message is not known here. Known are LtiResourceLinkRequest, LtiDeepLinkingRequest and ' +
        'LtiSubmissionReviewRequest.',
    );
  }
}
