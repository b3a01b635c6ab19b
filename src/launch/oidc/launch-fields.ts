import { isStorable } from '../../common/storable-text.js';
import { launchErrors } from '../launch.errors.js';

/** Far more than any platform sends. Canvas puts a JWT into its message hint. */
const MAX_LENGTH = 8192;
/** Their own bounds are checked with them. */
const LONG: readonly string[] = ['id_token', 'state'];

/** The parameters of a login or launch request: each given once, as text. */
export class LaunchFields {
  private constructor(private readonly source: Readonly<Record<string, unknown>>) {}

  /** @param source a parsed query or form; what is no object has no fields */
  static of(source: unknown): LaunchFields {
    return new LaunchFields(typeof source === 'object' && source !== null ? { ...source } : {});
  }

  /** @returns undefined if it is missing or empty. @throws {LaunchRefused} `launch_parameter_invalid` */
  get(name: string): string | undefined {
    const value = this.source[name];
    if (value === undefined || value === '') return undefined;
    // Parsers make a list of what came twice.
    if (Array.isArray(value)) throw launchErrors.parameterInvalid(name, 'was given more than once');
    if (typeof value !== 'string') throw launchErrors.parameterInvalid(name, 'is not a text');
    if (value.length > MAX_LENGTH && !LONG.includes(name)) {
      throw launchErrors.parameterInvalid(name, `has more than ${MAX_LENGTH} characters`);
    }
    if (!LONG.includes(name) && !isStorable(value)) {
      throw launchErrors.parameterInvalid(name, 'contains NUL or an unpaired surrogate');
    }
    return value;
  }

  /** @throws {LaunchRefused} `launch_parameter_missing`, `launch_parameter_invalid` */
  required(name: string, specRef: string): string {
    const value = this.get(name);
    if (value === undefined) throw launchErrors.parameterMissing(name, specRef);
    return value;
  }

  /** The fields of these names that are present. @throws {LaunchRefused} `launch_parameter_invalid` */
  pick(names: readonly string[]): Record<string, string> {
    const fields: Record<string, string> = {};
    for (const name of names) {
      const value = this.get(name);
      if (value !== undefined) fields[name] = value;
    }
    return fields;
  }
}
