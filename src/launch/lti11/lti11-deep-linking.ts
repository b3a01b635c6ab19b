import { type LaunchContext } from '../context/launch-context.schema.js';
import { type Lti11Parameters } from './lti11-parameters.js';
import { lti11Errors } from './lti11.errors.js';

const MAX_URL = 2048;
const MAX_DATA = 65_536;
const LTI_LINK = 'application/vnd.ims.lti.v1.ltilink';
const anything = ['ltiResourceLink', 'link', 'file', 'image'];

/**
 * The settings of a ContentItemSelectionRequest (Content-Item Message 1.0), in the terms of Deep Linking 2.0.
 *
 * @throws {LaunchRefused} `lti11_parameter_missing`, `lti11_parameter_duplicated`, `lti11_parameter_invalid`
 */
export function lti11DeepLinkingOf(parameters: Lti11Parameters): NonNullable<LaunchContext['deepLinking']> {
  const acceptMediaTypes = parameters.required('accept_media_types', MAX_URL);
  return {
    returnUrl: httpUrl('content_item_return_url', parameters.required('content_item_return_url', MAX_URL)),
    acceptTypes: [...new Set(listOf(acceptMediaTypes).flatMap(itemTypesOf))],
    acceptPresentationDocumentTargets: listOf(
      parameters.required('accept_presentation_document_targets', MAX_URL),
    ),
    acceptMediaTypes,
    acceptMultiple: flag(parameters.optional('accept_multiple')),
    autoCreate: flag(parameters.optional('auto_create')),
    title: parameters.optional('title'),
    text: parameters.optional('text', MAX_DATA),
    data: parameters.optional('data', MAX_DATA),
  };
}

export function listOf(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** A media type, perhaps with parameters, as the types of items in Deep Linking 2.0. */
function itemTypesOf(mediaRange: string): string[] {
  const [mediaType = ''] = mediaRange.toLowerCase().split(';');
  if (mediaType === '*/*') return anything;
  if (mediaType === LTI_LINK) return ['ltiResourceLink'];
  if (mediaType === 'text/html') return ['link'];
  return [mediaType.startsWith('image/') ? 'image' : 'file'];
}

function flag(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'true';
}

/** The tool will post a form there. */
function httpUrl(name: string, text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw lti11Errors.parameterInvalid(name, 'is not an http(s) URL');
}
