import { claimNames, type Claims } from '../claim-names.js';

/** Text that becomes a script, an attribute or an element if it is shown without escaping. */
export const markup = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`;

const displayable = ['name', 'given_name', 'middle_name', 'family_name', 'email', 'locale'];
const displayableParts = {
  [claimNames.context]: ['label', 'title'],
  [claimNames.resourceLink]: ['title', 'description'],
  [claimNames.toolPlatform]: ['name', 'description', 'product_family_code', 'version', 'contact_email'],
  [claimNames.launchPresentation]: ['locale', 'document_target'],
  [claimNames.lis]: ['person_sourcedid', 'course_section_sourcedid', 'course_offering_sourcedid'],
  [claimNames.deepLinking]: ['title', 'text', 'data'],
  [claimNames.forUser]: ['name', 'given_name', 'family_name', 'email'],
};

/** The launch with markup in every field that a page may show. Otherwise it is valid: to be accepted, with its text escaped. */
export function withMarkup(claims: Claims): Claims {
  const parts = Object.entries(displayableParts)
    .filter(([name]) => claims[name] !== undefined)
    .map(([name, keys]) => [name, { ...(claims[name] as object), ...marked(keys) }] as const);
  return {
    ...claims,
    ...marked(displayable),
    ...Object.fromEntries(parts),
    [claimNames.roles]: [...((claims[claimNames.roles] ?? []) as unknown[]), markup],
    [claimNames.custom]: { ...(claims[claimNames.custom] as object | undefined), [markup]: markup },
  };
}

function marked(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `${name} ${markup}`]));
}
