import { InvalidRequest } from './reactions.errors.js';

/** The most characters of a client's Content-Type that an error repeats. */
const MAX_TYPE = 100;

export const requestErrors = {
  /** The Content-Type is missing (`found` is empty), or this route does not read it. The body was not read. */
  unsupportedMediaType: (found: string, accepted: readonly string[]) => {
    const type = found.slice(0, MAX_TYPE);
    return new InvalidRequest({
      code: 'unsupported_media_type',
      status: 415,
      message:
        `The body has ${type === '' ? 'no Content-Type' : `the Content-Type ${type}`}. ` +
        `Send it as ${accepted.join(' or ')}, with that type in the Content-Type header.`,
      specRef: 'RFC 9110 15.5.16',
      details: { accepted },
    });
  },
};
