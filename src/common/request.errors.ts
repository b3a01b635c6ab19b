import { LtiError } from './lti-error.js';

export interface RequestFault {
  /** The field, as a path such as `deployments.0`. Empty for the body as a whole. */
  field: string;
  message: string;
}

/** Bad input, with every fault by its field. */
export class InvalidRequest extends LtiError {
  readonly code = 'invalid_request';
  readonly status = 400;

  constructor(readonly faults: readonly RequestFault[]) {
    super(
      `The request is not valid: ${faults.map(({ field, message }) => `${field || 'body'}: ${message}`).join('; ')}.`,
    );
  }

  override details(): Record<string, unknown> {
    return { errors: this.faults };
  }
}
