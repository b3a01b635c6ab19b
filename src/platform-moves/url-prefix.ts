/** A part of a platform by its URLs: an origin, or a path below it. */
export class UrlPrefix {
  /** Normalised, without a slash at its end. */
  readonly text: string;
  readonly origin: string;

  /** @param url an absolute http(s) URL without query and fragment */
  constructor(url: string) {
    const { origin, pathname } = new URL(url);
    this.origin = origin;
    this.text = `${origin}${pathname.replace(/\/+$/, '')}`;
  }

  /** Whether the URL begins with this prefix, by whole path segments: `/moodle` does not cover `/moodle2`. */
  covers(url: string): boolean {
    const { length } = this.text;
    const start = `${url.slice(0, this.origin.length).toLowerCase()}${url.slice(this.origin.length, length)}`;
    return start === this.text && (url.length === length || '/?#'.includes(url.charAt(length)));
  }

  /** The same URL below another prefix; what follows stays letter for letter. */
  rebase(url: string, to: UrlPrefix): string {
    return `${to.text}${url.slice(this.text.length)}`;
  }

  /** `covers` as a condition on a column. */
  covering(column: string, originParameter: string, pathParameter: string): string {
    const rest = `substr(${column}, length(${originParameter}::text) + 1)`;
    const after = `substr(${rest}, length(${pathParameter}::text) + 1, 1)`;
    return (
      `(lower(left(${column}, length(${originParameter}::text))) = ${originParameter} ` +
      `AND starts_with(${rest}, ${pathParameter}) AND ${after} IN ('', '/', '?', '#'))`
    );
  }

  /** The values of the parameters of `covering`. */
  get parameters(): [origin: string, path: string] {
    return [this.origin, this.text.slice(this.origin.length)];
  }
}
