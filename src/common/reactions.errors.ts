import { type ErrorFields, LtiError } from './lti-error.js';

// One class for each reaction of a caller. The codes of a feature are in its own `.errors.ts`. A class of its own has only an
// error that callers treat differently or that carries data for them.

/** A field that is wrong. */
export interface RequestFault {
  /** The field, as a path such as `deployments.0`. Empty for the body as a whole. */
  field: string;
  /** What the field must be. */
  message: string;
}

/**
 * The input is wrong. Correct it; `faults` names each field, if the fault is about fields.
 *
 * @example
 * if (error instanceof InvalidRequest) for (const { field, message } of error.faults) console.error(field, message);
 */
export class InvalidRequest extends LtiError {
  /** Empty if the fault is not about fields. */
  readonly faults: readonly RequestFault[];

  constructor({ faults, ...fields }: ErrorFields & { faults?: readonly RequestFault[] }) {
    super({ status: 400, ...(faults && { details: { errors: faults } }), ...fields });
    this.faults = faults ?? [];
  }

  /** `invalid_request` with a message that names each field. */
  static of(faults: readonly RequestFault[]): InvalidRequest {
    const message = `The request is not valid: ${sentencesOf(faults)}.`;
    return new InvalidRequest({ code: 'invalid_request', message, faults });
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

/**
 * The record is not there: it was never created, or it was deleted.
 *
 * @example
 * if (error instanceof NotFound && error.code === 'course_not_found') return undefined;
 */
export class NotFound extends LtiError {
  constructor(fields: ErrorFields) {
    super({ status: 404, ...fields });
  }
}

/**
 * The request does not fit the state of the record: it exists already, is in use, or was settled. Read it, then decide.
 *
 * @example
 * if (error instanceof Conflict && error.code === 'registration_exists') return 'It is registered already.';
 */
export class Conflict extends LtiError {
  constructor(fields: ErrorFields) {
    super({ status: 409, ...fields });
  }
}

/**
 * The caller did not prove that it may do this: an API key or a session is missing, wrong or too weak.
 *
 * @example
 * if (error instanceof AccessDenied && error.code === 'launch_session_expired') return 'Open the activity again.';
 */
export class AccessDenied extends LtiError {
  constructor(fields: ErrorFields) {
    super({ status: 403, ...fields });
  }
}

/** One thing that is wrong: the option's or variable's name, and what it should be. Never its value. */
export interface ConfigurationFault {
  /** The name of the option or variable. */
  name: string;
  /** What it must be. It never has the value. */
  message: string;
}

/**
 * The operator has to correct the configuration, the keys or the database of this tool. A retry does not help before.
 *
 * @example
 * if (error instanceof ConfigurationInvalid) for (const { name, message } of error.faults) console.error(name, message);
 */
export class ConfigurationInvalid extends LtiError {
  /** Empty if the fault is not about options. */
  readonly faults: readonly ConfigurationFault[];

  constructor({ faults, ...fields }: ErrorFields & { faults?: readonly ConfigurationFault[] }) {
    super({ status: 500, ...fields });
    this.faults = faults ?? [];
  }

  /** `configuration_invalid` with a message that names each option. */
  static of(faults: readonly ConfigurationFault[]): ConfigurationInvalid {
    const lines = faults.map(({ name, message }) => `${name}: ${message}`);
    const message =
      lines.length === 1
        ? `The configuration is wrong. ${lines.join('')}`
        : ['The configuration is wrong:', ...lines].join('\n  ');
    return new ConfigurationInvalid({ code: 'configuration_invalid', message, faults });
  }
}

/**
 * Something that this tool needs does not work now. Retry, after `retryAt` if that is set.
 *
 * @example
 * if (error instanceof Unavailable) await delayJob(error.retryAt);
 */
export class Unavailable extends LtiError {
  constructor(fields: ErrorFields) {
    super({ status: 503, ...fields });
  }
}

/**
 * The platform refused the call. A retry does not help before its administrator or the operator has acted.
 *
 * @example
 * if (error instanceof PlatformRefused) console.error(error.code, error.message);
 */
export class PlatformRefused extends LtiError {
  constructor(fields: ErrorFields) {
    super({ status: 502, ...fields });
  }
}

/**
 * The platform answered with success, but the answer cannot be used. Its URL or its administrator is to be checked.
 *
 * @example
 * if (error instanceof PlatformAnswerInvalid) console.error(error.code, error.message);
 */
export class PlatformAnswerInvalid extends LtiError {
  constructor(fields: ErrorFields) {
    super({ status: 502, ...fields });
  }
}

/**
 * The user did not authorize the tool at the platform. The message is for that user, and says what to do.
 *
 * @example
 * if (error instanceof ConsentRefused) return error.message;
 */
export class ConsentRefused extends LtiError {
  constructor(fields: ErrorFields) {
    super({ status: 403, ...fields });
  }
}

/**
 * A launch was refused. The user opens the activity from its course again; if that does not help, an administrator compares the
 * settings of the platform with the registration. The browser gets a page with this text.
 */
export class LaunchRefused extends LtiError {
  constructor(fields: ErrorFields) {
    super({ status: 400, ...fields });
  }
}
