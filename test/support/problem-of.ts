import { LtiError, type ProblemDetails } from '../../src/common/lti-error.js';

/** The problem details of the error that the call throws. */
export function problemOf(call: () => unknown): ProblemDetails {
  try {
    call();
  } catch (error) {
    if (error instanceof LtiError) return error.getResponse();
    throw error;
  }
  throw new Error('The call has thrown nothing.');
}
