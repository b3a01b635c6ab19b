import { type Pair } from './oauth1-signature.js';
import { lti11Errors } from './lti11.errors.js';

const MAX_ID = 255;
const MAX_TEXT = 4096;
const CUSTOM = 'custom_';

/**
 * The parameters of a launch. The query is part of the launch URL, which the author of the link wrote, such as a teacher; only the
 * form is from the platform. Some platforms (Moodle) copy the query into the form, and such a copy is not from the platform either.
 * Otherwise a link to `?user_id=1` would be a launch by an administrator.
 */
export class Lti11Parameters {
  /** The form without its copies of the query. */
  private readonly own: readonly Pair[];

  constructor(
    private readonly form: readonly Pair[],
    private readonly query: readonly Pair[],
  ) {
    this.own = withoutCopies(form, query);
  }

  /**
   * The lists of pairs that may have been signed: first that of the RFC; then, if the form copies the query, that of Moodle, which
   * signs a copied pair once.
   */
  signedPairs(): (readonly Pair[])[] {
    const strict = [...this.query, ...this.form];
    return this.own.length === this.form.length ? [strict] : [strict, [...this.query, ...this.own]];
  }

  /**
   * A parameter that every launch has, of at most 255 characters. The platform always sends it, so a copy of the query counts too.
   *
   * @throws {LaunchRefused} `lti11_parameter_missing`, `lti11_parameter_duplicated`, `lti11_parameter_invalid`
   */
  required(name: string, max = MAX_ID): string {
    const [value] = valuesOf(this.form, name);
    if (value === undefined || value === '') throw lti11Errors.parameterMissing(name);
    if (valuesOf([...this.query, ...this.own], name).length > 1) throw lti11Errors.parameterDuplicated(name);
    return bounded(name, value, max);
  }

  /**
   * A parameter that the platform may leave out. An empty one counts as left out.
   *
   * @throws {LaunchRefused} `lti11_parameter_duplicated`, `lti11_parameter_invalid`
   */
  optional(name: string, max = MAX_TEXT): string | undefined {
    const [value, ...more] = valuesOf(this.own, name);
    if (more.length > 0) throw lti11Errors.parameterDuplicated(name);
    return value === undefined || value === '' ? undefined : bounded(name, value, max);
  }

  /** An id, of at most 255 characters. */
  id(name: string): string | undefined {
    return this.optional(name, MAX_ID);
  }

  /**
   * The custom parameters without their prefix. A parameter of the query counts only if the platform does not send one of that name.
   */
  custom(): Record<string, unknown> {
    const isCustom = ([name]: Pair): boolean => name.startsWith(CUSTOM);
    return recordOf(
      [...onlyElsewhere(this.query, this.own), ...this.own]
        .filter(isCustom)
        .map(([name, value]) => [name.slice(CUSTOM.length), value]),
    );
  }

  /** All parameters of the platform except the signature. */
  payload(): Record<string, unknown> {
    return recordOf(this.own.filter(([name]) => name !== 'oauth_signature'));
  }

  /** The launch URL's own query, with its question mark; empty without one. */
  search(): string {
    const text = new URLSearchParams(
      this.query.map(([name, value]): [string, string] => [name, value]),
    ).toString();
    return text === '' ? '' : `?${text}`;
  }
}

/** Each pair of the query takes one identical pair from the form. */
function withoutCopies(form: readonly Pair[], query: readonly Pair[]): Pair[] {
  const copies = new Map<string, number>();
  for (const pair of query) copies.set(keyOf(pair), (copies.get(keyOf(pair)) ?? 0) + 1);
  if (copies.size === 0) return [...form];
  return form.filter((pair) => {
    const left = copies.get(keyOf(pair)) ?? 0;
    if (left > 0) copies.set(keyOf(pair), left - 1);
    return left === 0;
  });
}

function keyOf(pair: Pair): string {
  return JSON.stringify(pair);
}

function onlyElsewhere(pairs: readonly Pair[], others: readonly Pair[]): Pair[] {
  const names = new Set(others.map(([name]) => name));
  return pairs.filter(([name]) => !names.has(name));
}

function valuesOf(pairs: readonly Pair[], wanted: string): string[] {
  return pairs.filter(([name]) => name === wanted).map(([, value]) => value);
}

function bounded(name: string, value: string, max: number): string {
  if (value.length > max) throw lti11Errors.parameterInvalid(name, `has more than ${max} characters`);
  return value;
}

/** A name that is given more than once has a list. */
function recordOf(pairs: readonly Pair[]): Record<string, unknown> {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value]);
  // Defined, not assigned: a parameter may be called __proto__.
  return Object.fromEntries([...values].map(([name, list]) => [name, list.length === 1 ? list[0] : list]));
}
