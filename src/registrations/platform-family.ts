import { z } from 'zod';

/** The product behind a registration. It selects the quirks that are handled. */
export const platformFamilySchema = z.enum([
  'moodle',
  'canvas',
  'brightspace',
  'blackboard',
  'schoology',
  'sakai',
  'openedx',
  'generic',
]);

/** The product behind a registration; `generic` if it is unknown. It selects the quirks that are handled. */
export type PlatformFamily = z.infer<typeof platformFamilySchema>;

/** `product_family_code` as platforms send it, in lower case. */
const FAMILIES: ReadonlyMap<string, PlatformFamily> = new Map(
  Object.entries({
    moodle: 'moodle',
    canvas: 'canvas',
    desire2learn: 'brightspace',
    d2l: 'brightspace',
    brightspace: 'brightspace',
    blackboardlearn: 'blackboard',
    blackboard: 'blackboard',
    schoology: 'schoology',
    sakai: 'sakai',
    // In its openid configuration; its launches say `sakai`.
    'sakailms.org': 'sakai',
    openedx: 'openedx',
    'open-edx': 'openedx',
    edx: 'openedx',
  } as const),
);

/**
 * The family of a product, by its code in launches (CORE 5.4.2) or in an openid configuration.
 *
 * @param productFamilyCode as the platform sends it
 * @returns undefined for a code that is not known
 */
export function familyOfProduct(productFamilyCode: string): PlatformFamily | undefined {
  return FAMILIES.get(productFamilyCode.trim().toLowerCase());
}
