import { type LaunchQuirks } from './launch-quirks.js';

/** The launch of most families. */
export const launchDefaults = {
  loginMethod: 'POST',
  sendsClientId: true,
  deploymentParameter: 'lti_deployment_id',
  messageHint: 'opaque',
  singleUseHint: false,
  idTokenLifeSeconds: 3600,
  audience: 'string',
  hasAzp: true,
  contextType: 'http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering',
  nrpsVersions: ['2.0'],
  rolesBeside: { learner: [], other: [] },
  historyVariables: ['$Context.id.history', '$ResourceLink.id.history'],
  custom: {},
  extraClaims: {},
  linkClaims: {},
  presentation: { returnPath: '/' },
  lti11Ids: 'same',
} as const satisfies Partial<LaunchQuirks>;

/** `tool_platform` of a product. */
export function toolPlatform(productFamilyCode: string, version: string) {
  return {
    guid: `${productFamilyCode}.example.edu`,
    name: 'Simulated LMS',
    product_family_code: productFamilyCode,
    version,
  };
}
