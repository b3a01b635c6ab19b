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
    super(`The request is not valid: ${sentencesOf(faults)}.`);
  }

  override details(): Record<string, unknown> {
    return { errors: this.faults };
  }
}

/** The most characters of a client's Content-Type that an error repeats. */
const MAX_TYPE = 100;

/** The Content-Type is missing, or this route does not read it. The body was not read. */
export class UnsupportedMediaType extends LtiError {
  readonly code = 'unsupported_media_type';
  readonly status = 415;
  override readonly specRef = 'RFC 9110 15.5.16';

  /** @param found empty where there is no Content-Type */
  constructor(
    found: string,
    readonly accepted: readonly string[],
  ) {
    const type = found.slice(0, MAX_TYPE);
    super(
      `The body has ${type === '' ? 'no Content-Type' : `the Content-Type ${type}`}. ` +
        `Send it as ${accepted.join(' or ')}, with that type in the Content-Type header.`,
    );
  }

  override details(): Record<string, unknown> {
    return { accepted: this.accepted };
  }
}

/** Fields with the same fault share one sentence. */
function sentencesOf(faults: readonly RequestFault[]): string {
  const fieldsOf = new Map<string, string[]>();
  for (const { field, message } of faults) {
    const fields = fieldsOf.get(message) ?? [];
    fieldsOf.set(message, [...fields, field || 'body']);
  }
  return [...fieldsOf]
    .map(([message, fields]) => `${fields.join(', ')}: ${message.replace(/\.$/, '')}`)
    .join('; ');
}
