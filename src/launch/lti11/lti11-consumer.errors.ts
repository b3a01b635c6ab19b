import { LtiError } from '../../common/lti-error.js';

export class ConsumerNotFound extends LtiError {
  readonly code = 'lti11_consumer_not_found';
  readonly status = 404;

  constructor(id: string) {
    super(`There is no consumer ${id}, or it was deleted.`);
  }
}

export class ConsumerExists extends LtiError {
  readonly code = 'lti11_consumer_exists';
  readonly status = 409;

  constructor(private readonly existingId: string) {
    super(`This consumer key is taken already, by ${existingId}. Change that one, or delete it first.`);
  }

  override details(): Record<string, unknown> {
    return { id: this.existingId };
  }
}
