import { warnOfHttpLinks } from '../../lti-services/paging/https-upgrade.js';
import { upgradedToHttps } from '../../lti-services/platform-origin.js';
import { type Registration } from '../../registrations/registration.entity.js';
import { type Lti13LaunchContext } from './launch-context.schema.js';

/** The URLs at which the registration calls the platform. */
type PlatformUrls = Pick<Registration, 'id' | 'issuer' | 'authorizationUrl' | 'tokenUrl' | 'jwksUrl'>;

/**
 * The launch with the platform's http URLs as https, if the registration has https on the same host: TLS ends at a proxy in
 * front of such a platform. `payload` stays as it was signed.
 */
export function withHttpsUrls(context: Lti13LaunchContext, platform: PlatformUrls): Lti13LaunchContext {
  const upgraded = (url: string): string => byHttps(url, platform);
  const { memberships, grades, deepLinking, presentation, basicOutcome } = context;
  return {
    ...context,
    memberships: memberships && { ...memberships, url: upgraded(memberships.url) },
    grades: grades && {
      ...grades,
      lineItemsUrl: grades.lineItemsUrl && upgraded(grades.lineItemsUrl),
      lineItemUrl: grades.lineItemUrl && upgraded(grades.lineItemUrl),
    },
    deepLinking: deepLinking && { ...deepLinking, returnUrl: upgraded(deepLinking.returnUrl) },
    presentation: presentation && {
      ...presentation,
      returnUrl: presentation.returnUrl && upgraded(presentation.returnUrl),
    },
    basicOutcome: basicOutcome && {
      ...basicOutcome,
      serviceUrl: basicOutcome.serviceUrl && upgraded(basicOutcome.serviceUrl),
    },
  };
}

function byHttps(url: string, { id, issuer, authorizationUrl, tokenUrl, jwksUrl }: PlatformUrls): string {
  if (!/^http:/i.test(url) || !URL.canParse(url)) return url;
  for (const own of [tokenUrl, authorizationUrl, jwksUrl, issuer]) {
    const upgraded = URL.canParse(own) ? upgradedToHttps(new URL(url), new URL(own)) : undefined;
    if (upgraded === undefined) continue;
    warnOfHttpLinks(id, own);
    return upgraded.href;
  }
  return url;
}
