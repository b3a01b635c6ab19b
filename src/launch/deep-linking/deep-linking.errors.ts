import { Conflict, InvalidRequest } from '../../common/reactions.errors.js';

const listed = (values: readonly string[]) => (values.length === 0 ? 'none' : values.join(', '));
const refused = (code: string, item: number, message: string) =>
  new InvalidRequest({ code, message, specRef: 'DL 4.2', details: { item } });

/** `item` is the place of the item in the list, from 0. */
export const deepLinkingErrors = {
  typeNotAccepted: (item: number, type: string, accepted: readonly string[]) =>
    refused(
      'deep_link_type_not_accepted',
      item,
      `The platform does not accept items of type ${type} here (items.${item}). It accepts: ${listed(accepted)}.`,
    ),
  multipleNotAccepted: (count: number) =>
    refused(
      'deep_link_multiple_not_accepted',
      1,
      `The platform accepts one item here, and the response has ${count}. Let the user pick one.`,
    ),
  lineItemNotAccepted: (item: number) =>
    refused(
      'deep_link_line_item_not_accepted',
      item,
      `The platform does not accept a line item here (items.${item}). Leave lineItem out; the link is then not graded.`,
    ),
  targetNotAccepted: (item: number, targets: readonly string[], accepted: readonly string[]) =>
    refused(
      'deep_link_target_not_accepted',
      item,
      `The platform cannot present the item in ${listed(targets)} (items.${item}). It accepts: ${listed(accepted)}.`,
    ),
  mediaTypeNotAccepted: (item: number, mediaType: string, accepted: string) =>
    refused(
      'deep_link_media_type_not_accepted',
      item,
      `The platform does not accept files of type ${mediaType} here (items.${item}). It accepts: ${accepted}.`,
    ),
  notRequested: () =>
    new Conflict({
      code: 'deep_link_not_requested',
      message:
        'This launch does not ask for content: only an LtiDeepLinkingRequest of LTI 1.3 takes a response.',
    }),
  answered: () =>
    new Conflict({
      code: 'deep_link_answered',
      message:
        'This launch has had its response, or has ended. The user opens the tool from the platform once more.',
    }),
};
