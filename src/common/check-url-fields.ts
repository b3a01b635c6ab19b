import { InvalidRequest, type RequestFault } from './reactions.errors.js';
import { UnsafeUrl } from './url-policy.errors.js';
import { type UrlPolicy } from './url-policy.js';

/**
 * Checks the URLs of a request body by the names of their fields; those that are missing or null pass.
 *
 * @throws InvalidRequest
 */
export function checkUrlFields(
  policy: UrlPolicy,
  urls: Readonly<Record<string, string | null | undefined>>,
): void {
  const faults = Object.entries(urls).flatMap(([field, url]): RequestFault[] => {
    if (url === undefined || url === null) return [];
    try {
      policy.check(url);
      return [];
    } catch (error) {
      if (!(error instanceof UnsafeUrl)) throw error;
      return [{ field, message: error.message }];
    }
  });
  if (faults.length > 0) throw InvalidRequest.of(faults);
}
